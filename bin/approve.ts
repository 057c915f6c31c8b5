import { IdentityError } from '../platform/error.ts'
import { remember } from '../registry/audit.ts'
import { approve } from '../registry/holds.ts'
import type { Command } from './desk.ts'

/** `approve DIGEST`: says yes to a held set, to its members and to nobody else. It is applied by the next pass, where
 *  each member is judged again. */
export const approveHold: Command = {
  needsDirectories: false,
  async run({ rooms: { registry, clock }, daemon }, given) {
    const digest = String(given['digest'] ?? '')
    const at = clock.now()
    const approved = await registry.transaction(async (tx) => {
      const hold = await approve(tx, digest, 'operator', at)
      if (hold)
        await remember(tx, [
          { at, actor: 'operator', action: 'approved', number: null, facts: { digest, kind: hold.kind } },
        ])
      return hold
    })
    if (approved === null)
      throw new IdentityError(
        'HOLD_UNKNOWN',
        `nothing waits for approval under ${digest}: matricule plan says what waits`,
      )
    if (daemon) await daemon.runPass()
    return {
      data: { digest, kind: approved.kind, detail: approved.detail },
      text: `Approved: ${approved.detail}.\n`,
    }
  },
}
