import type { Change, Entry } from '../../domain/entry.ts'
import { nobody } from '../../domain/nobody.ts'
import { IdentityError } from '../../platform/error.ts'
import { writePlace, type CanaryRow } from '../../registry/canary.ts'
import { comparable } from '../entry.ts'
import { planOne } from '../plan.ts'
import type { Rooms } from '../rooms.ts'
import { isOurs, pick, standIn, type Holding } from '../settle.ts'
import type { After, Found, Target } from '../target/target.ts'

const familyName = 'CANARI'

/** Makes a target say of the canary what its profile says of anybody who may sign in: read, plan, apply, read back, as of a
 *  student, but noted apart. Its name, at which it signs in. @throws TARGET_CONFLICT when somebody else bears its login,
 *  and whatever the directory throws */
export async function keep(rooms: Rooms, target: Target, row: CanaryRow): Promise<string> {
  const { registry, ring } = rooms
  const { profile } = target
  const { login } = row
  const lane = target.lane('nudge')
  const verifiers = { [profile.scheme]: row.mac ?? '' }
  const stand = standIn(rooms, profile, verifiers)
  const desired = profile.entry(nobody(login, familyName, verifiers), rooms.rules.site)
  if (desired === null)
    throw new IdentityError('TARGET_REFUSED', `${target.name}: its profile has no entry for the canary`)
  const found = pick(await lane.read(login, stand), row)
  const changes = planFor(target, desired, row, found, row.written)
  let holding: Holding = row
  let after: After | undefined = { found, exact: false }
  const verifier = changes.length === 0 ? null : await ring.unseal('verifier', row.sealed_verifier ?? '')
  for (const change of changes) {
    if (change.kind === 'add') {
      holding = { dn: change.dn, entry_uuid: null }
      await writePlace(registry.db, target.name, { dn: change.dn, entry_uuid: null }, false)
    }
    try {
      after = await lane.apply(change, verifier, { found: after?.found ?? null, stand })
    } catch (error) {
      // Somebody else stands under that name, out of our sight: it is not ours after all.
      if (change.kind === 'add' && error instanceof IdentityError && error.details['resultCode'] === 68)
        await writePlace(registry.db, target.name, { dn: null, entry_uuid: null }, false)
      throw error
    }
  }
  const now = after === undefined ? pick(await lane.read(login, stand), holding) : after.found
  if (now === null || (after?.exact !== true && planFor(target, desired, holding, now, true).length > 0))
    throw new IdentityError('TARGET_REFUSED', `${target.name} does not keep what was written of the canary`, {
      transient: true,
    })
  if (!row.written || row.dn !== now.dn || row.entry_uuid !== now.uuid)
    await writePlace(registry.db, target.name, { dn: now.dn, entry_uuid: now.uuid }, true)
  return now.dn
}

/** Takes the entry of the canary away, if there is one and it is ours. */
export async function takeAway(rooms: Rooms, target: Target, row: CanaryRow): Promise<void> {
  const lane = target.lane('nudge')
  const found = pick(await lane.read(row.login, standIn(rooms, target.profile, {})), row)
  if (found !== null && isOurs(row, found))
    await lane.apply({ kind: 'remove', id: row.login, dn: found.dn }, null, {
      found,
      stand: standIn(rooms, target.profile, {}),
    })
}

function planFor(
  target: Target,
  desired: Entry,
  holding: Holding,
  found: Found | null,
  passwordStands: boolean,
): Change[] {
  const { name, profile } = target
  const { managed } = profile
  if (found === null) return planOne(desired, null, managed)
  if (!isOurs(holding, found))
    throw new IdentityError(
      'TARGET_CONFLICT',
      `${name}: an entry that is not ours already bears the login of the canary; it was left untouched`,
      { details: { target: name } },
    )
  const attributes = comparable(profile, found.attributes, desired, { passwordStands })
  return planOne(target.respell(desired, found), { id: desired.id, dn: found.dn, attributes }, managed)
}
