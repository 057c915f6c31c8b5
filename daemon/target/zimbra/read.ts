import { confirmed, type ForwardingMemory } from '../../../domain/forwarding.ts'
import type { Profile } from '../../../domain/profile.ts'
import { formatTime, parseTime } from '../../../ldap-protocol/generalized-time.ts'
import { later } from '../../../platform/clock.ts'
import { IdentityError } from '../../../platform/error.ts'
import {
  claimMailbox,
  confirmForwarding,
  forwardingsOf,
  mailboxPlace,
  type MailboxPlace,
} from '../../../registry/mailboxes.ts'
import type { Registry } from '../../../registry/open.ts'
import { unavailable } from '../refusal.ts'
import type { Found } from '../target.ts'
import { addressesOf, askedFor, createdAt, boxesIn, digestOf, type Box } from './accounts.ts'
import type { Answer, Content } from './envelope.ts'
import { isFault } from './fault.ts'
import type { Asking } from './session.ts'
import { forwardingIn } from './weigh.ts'

/** A mailbox as it was read, with what the registry remembered of its forwarding before. */
export interface Known {
  readonly box: Box
  readonly memory: ForwardingMemory | undefined
}

/** What reading and writing of mailboxes goes by. */
export interface Desk {
  readonly profile: Profile
  readonly registry: Registry
  readonly createdBy: 'matricule' | 'zimbra'
  /** The rest of what is known of a mailbox that was found. */
  readonly known: WeakMap<Found, Known>
}

/** A request of the administration interface, sent over a connection of whoever asks. */
export type Ask = (
  name: string,
  content: { readonly [name: string]: Content },
  asking?: Asking,
) => Promise<Answer>

/** The mailbox that is ours, wherever it is called; else whatever bears the student's address. */
export async function read(desk: Desk, ask: Ask, number: string): Promise<Found[]> {
  const { db } = desk.registry
  const place = await mailboxPlace(db, number)
  const { mail, id } = place
  // Read before the mailbox is: a student who chooses in between is not taken for us.
  const memory = (await forwardingsOf(db, [number])).get(number)
  const box =
    (id === null ? null : await accountBy(desk, ask, 'id', id)) ??
    (mail === null ? null : await accountBy(desk, ask, 'name', mail)) ??
    (await madeByZimbra(desk, ask, number, place))
  if (box === null) return []
  if (desk.createdBy === 'zimbra' && id === null) await claimMade(desk, number, place, box)
  return [await foundOf(desk, number, box, memory)]
}

/** Where Zimbra makes mailboxes by itself it may call them by the number, which is the login: the only attribute of the
 *  directory that can be a local part (docs/zimbra.md). */
async function madeByZimbra(
  desk: Desk,
  ask: Ask,
  number: string,
  { id, mail }: MailboxPlace,
): Promise<Box | null> {
  if (desk.createdBy !== 'zimbra' || id !== null || mail === null) return null
  return accountBy(desk, ask, 'name', `${number}@${desk.profile.base}`)
}

/** How far the clocks of Zimbra and of the registry may be apart. */
const skewMs = 300_000

/** A mailbox that came to be after the activation was made from the entry that we added then: it is ours. An older one is
 *  somebody's, and stays in the way as anywhere. The student is settled with it at the next try. */
async function claimMade(desk: Desk, number: string, place: MailboxPlace, box: Box): Promise<void> {
  const { profile, registry } = desk
  const names = [place.mail, `${number}@${profile.base}`]
  if (place.activatedAt === null || !names.includes(box.name.toLowerCase())) return
  const made = parseTime(box.attributes[createdAt]?.[0] ?? '')
  const activated = parseTime(formatTime(later(place.activatedAt, -skewMs)))
  if (made === null || activated === null || made < activated) return
  await claimMailbox(registry.db, number, { dn: box.name, id: box.id })
  throw new IdentityError('TARGET_REFUSED', `${profile.name}: Zimbra has made it; it is ours from now on`, {
    transient: true,
    details: { target: profile.name },
  })
}

/** One account by its identifier, or by any of its addresses; null where there is none. */
export async function accountBy(
  { profile }: Desk,
  ask: Ask,
  by: 'id' | 'name',
  value: string,
): Promise<Box | null> {
  try {
    const answer = await ask(
      'GetAccount',
      { '@applyCos': '0', '@attrs': askedFor(profile.managed), account: { '@by': by, '#text': value } },
      { reads: true },
    )
    return boxIn(profile.name, answer)
  } catch (error) {
    if (isFault(error, 'account.NO_SUCH_ACCOUNT')) return null
    throw error
  }
}

/** The one account that an answer must hold. */
export function boxIn(target: string, answer: Answer): Box {
  const [box] = parsed(target, answer)
  if (box === undefined) throw unavailable(target, 'no account in an answer')
  return box
}

/** The objects in an answer. */
export function parsed(target: string, answer: Answer): Box[] {
  try {
    return boxesIn(answer)
  } catch (error) {
    throw unavailable(target, 'an answer that cannot be read', error)
  }
}

/** A mailbox as an entry. What it was told and has now, it has taken. */
export async function foundOf(
  { registry, profile, known }: Desk,
  number: string | null,
  box: Box,
  memory: ForwardingMemory | undefined,
): Promise<Found> {
  const taken = number === null ? undefined : confirmed(forwardingIn(box.attributes), memory)
  if (number !== null && taken !== undefined) await confirmForwarding(registry.db, number, taken)
  const managed = profile.managed.flatMap((name) => {
    const values = box.attributes[name]
    return values === undefined ? [] : [[name, values] as const]
  })
  const found: Found = {
    dn: box.name,
    attributes: { ...Object.fromEntries(managed), mail: addressesOf(box) },
    uuid: box.id,
    digest: digestOf(box, profile.managed),
    csn: null,
  }
  known.set(found, { box, memory: taken ?? memory })
  return found
}

export function knownOf({ known }: Desk, found: Found): Known {
  const all = known.get(found)
  if (all === undefined) throw new TypeError('a mailbox that was not found here')
  return all
}
