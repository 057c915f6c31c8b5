import type { Change } from '../domain/entry.ts'
import { hasEntry } from '../domain/profile.ts'
import { ownedCount, settlementsByUuid, settlementsOf } from '../registry/settlements.ts'
import { presentNumbers, studentsOf, type Student } from '../registry/students.ts'
import type { SettlementRow } from '../registry/tables.ts'
import { writtenIn, writtenOf, type Written } from '../registry/written.ts'
import { comparable, desiredEntry, managedOf } from './entry.ts'
import { planOne } from './plan.ts'
import type { Rooms } from './rooms.ts'
import { isOurs, standIn } from './settle.ts'
import { isComparable } from './target/sighting.ts'
import type { Changes, Found, Sighting, Target } from './target/target.ts'

/** What a comparison finds, told as it goes: nothing of it is kept here. */
export interface Visitor {
  /** The changes that would make the entry of a student right, as it was found; `drifted` when it was right, and somebody
   *  else has changed it. */
  differs(number: string, changes: readonly Change[], drifted: boolean, found: Found | null): void
  /** A student who must have an entry has none; `drifted` when there was one, and somebody else has removed it. `entry`
   *  works out what it must be. */
  misses(number: string, drifted: boolean, entry: () => Promise<readonly Change[]>): void | Promise<void>
  /** An entry of ours that is right, though nobody has noted that: an earlier life made it, or others added to it what
   *  takes nothing away. */
  stands(student: Student, found: Found): Promise<void>
  /** An entry that is not ours bears the login of a student who needs one. */
  conflict(number: string): void
  /** Addresses that entries bear which are not ours. */
  taken(mails: readonly string[]): Promise<void>
}

export interface Comparison {
  /** Entries of ours that there should be. */
  readonly ours: number
  /** Entries of students that are not ours; null when only changes were read. */
  readonly foreign: number | null
  /** Where the directory's changes can be read on from; null when it is to be read whole. */
  readonly mark: string | null
}

/** Students looked at in one go, and numbers that only pass by. */
const batch = 500
const numbersAtOnce = 5_000

/** Reads a whole target and tells what it lacks. Writes nothing. An entry that says what was last written there, for
 *  what its account still is, is not looked at again, unless the comparison is to be `thorough`: then what must stand
 *  there is worked out for everybody, as after a change of profile, settings or calendar. */
export async function compare(
  rooms: Rooms,
  target: Target,
  visitor: Visitor,
  { thorough, signal }: { thorough: boolean; signal?: AbortSignal | undefined },
): Promise<Comparison> {
  const { db } = rooms.registry
  const began = rooms.clock.now()
  const ours = new Set<string>()
  const foreign = new Set<string>()
  // On its way while the directory is asked.
  const writing = thorough ? Promise.resolve(null) : writtenIn(db, target.name)
  // The first look hears of it, if there is one.
  writing.catch(() => undefined)
  const scan = target.scan(signal)
  const mark = await readAll(rooms, target, scan, async (sightings) =>
    glance(rooms, target, visitor, sightings, await writing, { began, ours, foreign }),
  ).finally(() => Promise.allSettled([writing]))
  const written = await writing
  for await (const numbers of written === null ? everyPresent(rooms) : inParts(written.unmet())) {
    const absent = numbers.filter((number) => !ours.has(number))
    for (const number of absent) if (foreign.has(number)) visitor.conflict(number)
    await lack(
      rooms,
      target,
      visitor,
      absent.filter((number) => !foreign.has(number)),
      { began, thorough },
    )
  }
  return { ours: await ownedCount(db, target.name), foreign: foreign.size, mark }
}

/** Looks at all that a scan gives, telling how far it has come; returns its mark. */
async function readAll(
  { advances }: Rooms,
  { name }: Target,
  scan: AsyncGenerator<readonly Sighting[], string | null>,
  look: (sightings: readonly Sighting[]) => Promise<void>,
): Promise<string | null> {
  using advance = advances.begin(`${name}: read`)
  for (;;) {
    const next = await scan.next()
    if (next.done === true) return next.value
    await look(next.value)
    advance.by(next.value.length)
  }
}

/** Looks at what has changed in a target since it was last read, and tells what of it is not right. Of what is said to be
 *  gone each is asked for once more before it is believed. */
export async function compareChanges(
  rooms: Rooms,
  target: Target,
  visitor: Visitor,
  { sightings, gone, mark }: Changes,
): Promise<Comparison> {
  const { db } = rooms.registry
  const began = rooms.clock.now()
  const seen = { began, ours: new Set<string>(), foreign: new Set<string>() }
  const met: Written[] = []
  for (let from = 0; from < sightings.length; from += numbersAtOnce) {
    const some = sightings.slice(from, from + numbersAtOnce)
    const written = await writtenOf(db, target.name, numbersOf(some))
    met.push(written)
    await glance(rooms, target, visitor, some, written, seen)
  }
  // Where what is gone is not told, only who stands in its place tells that an entry of ours is.
  const displaced = await settlementsBy(rooms, target, [...seen.foreign])
  for (const { number, dn } of displaced.values())
    if (dn !== null && !seen.ours.has(number) && !met.some((written) => written.hasMet(number)))
      visitor.differs(number, [], false, null)
  const lane = target.lane('pass')
  const settlements = await settlementsByUuid(db, target.name, gone)
  for (const row of settlements) {
    const found = await lane.read(row.number, standIn(rooms, target.profile, {}))
    if (found.length > 0) visitor.differs(row.number, [], false, null)
    else await lack(rooms, target, visitor, [row.number], { began, thorough: false })
  }
  // An entry that was not ours is gone: whom it stood in the way of, only the whole tells.
  const isStrangerGone = gone.length > settlements.length
  return { ours: await ownedCount(db, target.name), foreign: null, mark: isStrangerGone ? null : mark }
}

interface Seen {
  readonly began: Date
  /** Of those that were looked at closely. */
  readonly ours: Set<string>
  readonly foreign: Set<string>
}

/** Tells those about which nothing need be done, since they say what was written there, from those that want a closer
 *  look; `written` null: all of them do. */
async function glance(
  rooms: Rooms,
  target: Target,
  visitor: Visitor,
  sightings: readonly Sighting[],
  written: Written | null,
  { began, ours, foreign }: Seen,
): Promise<void> {
  const unclear = written === null ? sightings : sightings.filter((each) => !written.meets(each))
  for (let from = 0; from < unclear.length; from += batch) {
    const some = unclear.slice(from, from + batch)
    const strangers = await look(rooms, target, visitor, some, ours, began)
    for (const { number } of strangers) if (number !== null) foreign.add(number)
    for (const { number, uuid, isStranger } of some)
      if (number === null && isStranger === true) foreign.add(uuid ?? '')
    await visitor.taken(strangers.flatMap(({ found }) => found.attributes['mail'] ?? []))
  }
}

/** Tells who has no entry. Of whom nothing is to be said, though there is an account, that has been noted. */
async function lack(
  rooms: Rooms,
  target: Target,
  visitor: Visitor,
  numbers: readonly string[],
  { began, thorough }: { began: Date; thorough: boolean },
): Promise<void> {
  const settlements = await settlementsBy(rooms, target, numbers)
  for (const number of numbers) {
    const settlement = settlements.get(number)
    if (!thorough && settlement?.state === 'settled' && settlement.dn === null) continue
    const drifted = settlement !== undefined && isDrifted(settlement, null, began)
    await visitor.misses(number, drifted, async () => {
      const [student] = await studentsOf(rooms.registry.db, [number])
      return student
        ? planOne(desiredEntry(target.profile, student, rooms.rules), null, target.profile.managed)
        : []
    })
  }
}

interface Stranger {
  readonly number: string | null
  readonly found: Found
}

/** Looks closely at some entries; returns those that are not ours. */
async function look(
  rooms: Rooms,
  target: Target,
  visitor: Visitor,
  sightings: readonly Sighting[],
  ours: Set<string>,
  began: Date,
): Promise<Stranger[]> {
  const { db } = rooms.registry
  const numbers = numbersOf(sightings)
  const settlements = await settlementsBy(rooms, target, numbers)
  const students = new Map((await studentsOf(db, numbers)).map((each) => [each.account.number, each]))
  const strangers: Stranger[] = []
  const standing: Promise<void>[] = []
  for (const sighting of sightings) {
    const settlement = settlements.get(sighting.number ?? '')
    const student = students.get(sighting.number ?? '')
    const found = sighting.found(standIn(rooms, target.profile, student?.verifiers ?? {}))
    if (settlement === undefined || student === undefined || !isOurs(settlement, found)) {
      strangers.push({ number: sighting.number, found })
      continue
    }
    ours.add(student.account.number)
    const changes = changesFor(rooms, target, student, settlement, found)
    if (changes.length > 0)
      visitor.differs(student.account.number, changes, isDrifted(settlement, found, began), found)
    else if (settlement.state !== 'settled' || settlement.written_digest !== found.digest)
      standing.push(visitor.stands(student, found))
  }
  await Promise.all(standing)
  return strangers
}

const numbersOf = (sightings: readonly Sighting[]): string[] => [
  ...new Set(sightings.flatMap(({ number }) => number ?? [])),
]

async function settlementsBy(
  { registry }: Rooms,
  { name }: Target,
  numbers: readonly string[],
): Promise<Map<string, SettlementRow>> {
  const rows = await settlementsOf(
    registry.db,
    numbers.map((number) => ({ target: name, number })),
  )
  return new Map(rows.flatMap((row) => (row === null ? [] : [[row.number, row] as const])))
}

function changesFor(
  rooms: Rooms,
  target: Target,
  student: Student,
  settlement: SettlementRow,
  found: Found,
): Change[] {
  const { profile } = target
  const { number, version } = student.account
  const { dn } = found
  // Ours, and nobody's any more: a purged account.
  if (!hasEntry(student.account))
    return planOne(null, { id: number, dn, attributes: found.attributes }, profile.managed)
  const desired = desiredEntry(profile, student, rooms.rules)
  const passwordStands = settlement.version === version
  const attributes = comparable(profile, found.attributes, desired, { passwordStands })
  const actual = { id: number, dn, attributes }
  return planOne(desired && target.respell(desired, found), actual, managedOf(profile, student))
}

/** Whether somebody else has changed or removed an entry since we wrote it. What we wrote while it was being read is
 *  not told from that, and waits for the next time. */
function isDrifted(
  { state, written_digest, settled_at }: SettlementRow,
  found: Found | null,
  began: Date,
): boolean {
  if (state !== 'settled' || written_digest === null) return false
  if (found !== null && (!isComparable(written_digest) || written_digest === found.digest)) return false
  return settled_at === null || settled_at < began
}

function* inParts(numbers: readonly string[]) {
  for (let from = 0; from < numbers.length; from += numbersAtOnce)
    yield numbers.slice(from, from + numbersAtOnce)
}

async function* everyPresent({ registry }: Rooms) {
  let after = ''
  for (;;) {
    const numbers = await presentNumbers(registry.db, after, numbersAtOnce)
    const last = numbers.at(-1)
    if (last === undefined) return
    yield numbers
    after = last
  }
}
