import { forwardingAddress, mailboxTarget } from '../domain/profiles/mailbox.ts'
import { resemblance } from '../domain/resemblance.ts'
import { adopt as takeOver, type Adopted } from '../registry/adoption.ts'
import { IdentityError } from '../platform/error.ts'
import { settlementsOf } from '../registry/settlements.ts'
import { studentsOf, type Student } from '../registry/students.ts'
import { personOf } from '../registry/records.ts'
import type { Rooms } from './rooms.ts'
import { isOurs } from './settle.ts'
import { markTakenOver } from './taken-over.ts'
import type { Found, Target } from './target/target.ts'

const batch = 250

/** Why an entry was left alone: it bears a number of the record and nothing else of that person · two entries of one
 *  directory bear that number · its address was given to somebody else. */
export type ConflictReason = 'NOBODY_ALIKE' | 'SEVERAL' | 'MAIL_TAKEN'

export interface Conflict {
  readonly number: string
  readonly target: string
  readonly reason: ConflictReason
}

export interface TakenOver {
  /** Students whose entries are ours from now on; in a dry run, would be. */
  readonly adopted: number
  readonly entries: Readonly<Record<string, number>>
  /** Verifiers that could be read and are kept. */
  readonly verifiers: number
  readonly conflicts: readonly Conflict[]
  /** Entries whose number the record does not know: nothing to us, and left alone. */
  readonly unknown: Readonly<Record<string, number>>
}

interface Known {
  readonly target: string
  readonly dn: string
  readonly uuid: string | null
  readonly mail: string | null
  readonly aliases: readonly string[]
  readonly verifier: string | null
  /** Where a mailbox forwards to, null being nowhere; undefined where there is none. */
  readonly forwarding: string | null | undefined
}

/** Takes over what stands in the directories already: an entry becomes ours only if its number agrees with a student of
 *  the record, and INE, birth date or name does too; whatever else is left untouched and listed (rules: taking over).
 *  Then every directory counts as taken over, and letters may leave. */
export async function adopt(
  rooms: Rooms,
  { dryRun, signal }: { dryRun: boolean; signal?: AbortSignal },
): Promise<TakenOver> {
  const { registry, clock } = rooms
  const known = new Map<string, Known[]>()
  const ours = new Set<string>()
  const conflicts: Conflict[] = []
  const unknown: Record<string, number> = {}
  // A mailbox bears no number: it is known by the address that a directory, read before, says to be a student's.
  const bearers = new Map<string, string>()
  for (const target of rooms.targets) {
    unknown[target.name] = 0
    let seen = 0
    using reading = rooms.advances.begin(`${target.name}: read`)
    for await (const sightings of target.scan(signal)) {
      for (let from = 0; from < sightings.length; from += batch) {
        const some = sightings.slice(from, from + batch).flatMap((sighting) => {
          const stored: string[] = []
          const found = sighting.found((_number, each) => {
            stored.push(each)
            return each
          })
          // Of several nobody knows which one the student uses, and one that is no text could not be written as it was.
          const [only = null] = stored
          const verifier = stored.length > 1 || only?.includes('\ufffd') === true ? null : only
          const number = sighting.number ?? bearers.get(found.dn.toLowerCase()) ?? null
          if (number === null && sighting.isStranger === true)
            unknown[target.name] = (unknown[target.name] ?? 0) + 1
          return number === null ? [] : [{ number, found, verifier }]
        })
        for (const { number, found, verifier, is } of await judged(rooms, target, some)) {
          if (is === 'unknown') unknown[target.name] = (unknown[target.name] ?? 0) + 1
          else if (is === 'ours') ours.add(`${target.name} ${number}`)
          else if (is === 'stranger') conflicts.push({ number, target: target.name, reason: 'NOBODY_ALIKE' })
          else {
            const entries = known.get(number) ?? []
            const one = knownFrom(target, found, verifier)
            known.set(number, [...entries, one])
            // The first directory's address wins, as it does below.
            if (one.mail !== null && !entries.some(({ mail }) => mail !== null))
              bearers.set(one.mail.toLowerCase(), number)
          }
        }
      }
      reading.by(sightings.length)
      seen += sightings.length
    }
    // Taken for empty, it would let letters leave to those who stand there.
    if (seen === 0 && (await target.isInSight?.()) === false)
      throw new IdentityError(
        'TARGET_REFUSED',
        `${target.name} has entries and shows none of them: nobody was taken over; matricule doctor says more`,
        { details: { target: target.name } },
      )
  }
  for (const [number, entries] of known) {
    const twice = entries.filter(
      ({ target }, index) =>
        entries.findIndex((one) => one.target === target) !== index || ours.has(`${target} ${number}`),
    )
    if (twice.length === 0) continue
    known.delete(number)
    for (const { target } of twice) conflicts.push({ number, target, reason: 'SEVERAL' })
  }

  const entries: Record<string, number> = Object.fromEntries(rooms.targets.map(({ name }) => [name, 0]))
  let adopted = 0
  let verifiers = 0
  const all = [...known]
  using taking = rooms.advances.begin('students taken over', all.length)
  for (let from = 0; from < all.length; from += batch) {
    const some = await Promise.all(
      all.slice(from, from + batch).map(([number, each]) => adoptedFrom(rooms, number, each)),
    )
    const done = dryRun
      ? { adopted: some.map(({ number }) => number), mailTaken: [] }
      : await registry.transaction((tx) => takeOver(tx, some, clock.now()))
    for (const number of done.mailTaken)
      for (const { target } of known.get(number) ?? [])
        conflicts.push({ number, target, reason: 'MAIL_TAKEN' })
    const taken = new Set(done.adopted)
    for (const one of some.filter(({ number }) => taken.has(number))) {
      adopted += 1
      verifiers += one.verifiers.length
      for (const { target } of one.entries) entries[target] = (entries[target] ?? 0) + 1
    }
    taking.by(some.length)
  }
  if (!dryRun) for (const target of rooms.targets) await markTakenOver(rooms, target)
  return { adopted, entries, verifiers, conflicts, unknown }
}

type Judgement = 'ours' | 'alike' | 'stranger' | 'unknown'

async function judged(
  { registry }: Rooms,
  { name }: Target,
  seen: readonly { number: string; found: Found; verifier: string | null }[],
) {
  const numbers = [...new Set(seen.map(({ number }) => number))]
  const students = new Map(
    (await studentsOf(registry.db, numbers)).map((each) => [each.account.number, each]),
  )
  const rows = await settlementsOf(
    registry.db,
    numbers.map((number) => ({ target: name, number })),
  )
  const settlements = new Map(rows.flatMap((row) => (row === null ? [] : [[row.number, row] as const])))
  return seen.map((each) => {
    const settlement = settlements.get(each.number)
    const is =
      settlement && isOurs(settlement, each.found) ? 'ours' : whose(students.get(each.number), each.found)
    return { ...each, is }
  })
}

function whose(student: Student | undefined, { attributes }: Found): Judgement {
  if (student === undefined) return 'unknown'
  return resemblance(personOf(student.person), attributes) === null ? 'stranger' : 'alike'
}

/** Of several addresses one is the account's, and the others its aliases. */
function knownFrom({ name }: Target, { dn, uuid, attributes }: Found, verifier: string | null): Known {
  const [mail, ...others] = attributes['mail'] ?? []
  return {
    target: name,
    dn,
    uuid,
    mail: mail ?? null,
    aliases: [...others, ...(attributes['supannAutreMail'] ?? [])],
    verifier,
    forwarding: name === mailboxTarget ? (attributes[forwardingAddress]?.join(',') ?? null) : undefined,
  }
}

/** The first target's address wins: the primary directory is the newest of them. */
async function adoptedFrom(
  { ring, targets }: Rooms,
  number: string,
  entries: readonly Known[],
): Promise<Adopted> {
  const [main] = entries.filter(({ mail }) => mail !== null)
  const verifiers = entries.flatMap(({ target, verifier }) => {
    const profile = targets.find(({ name }) => name === target)?.profile
    return verifier !== null && profile?.verifier === 'readable'
      ? [{ scheme: `${profile.scheme}@${target}`, verifier }]
      : []
  })
  return {
    number,
    mail: main?.mail ?? null,
    aliases: main?.aliases ?? [],
    verifiers: await Promise.all(
      verifiers.map(async ({ scheme, verifier }) => ({
        scheme,
        sealed: await ring.seal('verifier', verifier),
        mac: ring.mac('verifier', verifier),
      })),
    ),
    entries: entries.map(({ target, dn, uuid }) => ({ target, dn, uuid })),
    forwarding: entries.find(({ target }) => target === mailboxTarget)?.forwarding,
  }
}
