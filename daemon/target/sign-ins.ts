import { asIdentityError } from '../../platform/error.ts'
import type { Access } from './bound.ts'
import { Conversation } from './conversation.ts'
import type { Tell } from './finding.ts'

/** Who signs in, and for how many a second the directory must be ready. */
interface SignIns {
  readonly dn: string
  readonly password: string
  readonly peakPerSecond: number
}

const connections = 8
const forMs = 500
/** How many times the peak a directory must bear (rules: verifiers): it has other work too. */
const wanted = 3

/** Tells whether a directory checks passwords fast enough: a while of sign-ins, each on a connection that stands. */
export async function tellSignIns(
  name: string,
  access: Access,
  { dn, password, peakPerSecond }: SignIns,
  tell: Tell,
): Promise<void> {
  const { clock } = access
  const enough = wanted * peakPerSecond
  using open = new DisposableStack()
  try {
    const own = { ...access, bindDn: dn, password }
    const all = await Promise.all(Array.from({ length: connections }, () => Conversation.open(name, own)))
    for (const each of all) open.use(each)
    const began = clock.monotonic()
    let checked = 0
    const bind = {
      kind: 'bind',
      version: 3,
      name: dn,
      auth: { kind: 'simple', password: Buffer.from(password) },
    } as const
    await Promise.all(
      all.map(async (conversation) => {
        while (clock.monotonic() - began < forMs) {
          await conversation.ask(bind)
          checked += 1
        }
      }),
    )
    const rate = Math.floor((checked * 1_000) / (clock.monotonic() - began))
    if (rate >= enough) tell('sign-ins', 'fine', `${rate} a second are checked; ${enough} are wanted`)
    else
      tell(
        'sign-ins',
        'fault',
        `${rate} a second are checked, and ${enough} are wanted (${wanted} × login.peak_per_second): let CAS and Zimbra sign in on replicas, choose a lighter scheme, or more processors`,
      )
  } catch (error) {
    tell('sign-ins', 'warning', `could not be measured: ${asIdentityError(error).message}`)
  }
}
