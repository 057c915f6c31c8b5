import { createHash } from 'node:crypto'
import { addressState, canonicalAddress, effectiveAddress } from '../domain/address.ts'
import type { StudentRecord } from '../domain/person.ts'
import type { Snapshot } from '../domain/snapshot.ts'
import { later } from '../platform/clock.ts'
import { asIdentityError, IdentityError, type ErrorCode } from '../platform/error.ts'
import {
  lastAccepted,
  markMissing,
  recordDigests,
  recordStudents,
  rememberSnapshot,
} from '../registry/facts.ts'
import type { RecordedStudent } from '../registry/records.ts'
import { approvedSets, endApproved, endHolds, hold } from '../registry/holds.ts'
import { readSince } from '../registry/read-again.ts'
import type { Rooms } from './rooms.ts'
import type { ReadOptions, Source } from './source/source.ts'
import { turnOf } from './turn.ts'

/** What became of the snapshot that lies at the source. */
export type Reading =
  | {
      readonly state: 'accepted'
      readonly snapshot: number
      readonly changed: number
      readonly setAside: number
    }
  | { readonly state: 'unchanged'; readonly snapshot: number | null }
  | { readonly state: 'refused'; readonly code: ErrorCode; readonly message: string }
  | {
      readonly state: 'held'
      readonly code: 'YEAR_CHANGED'
      readonly digest: string
      readonly message: string
    }

const batch = 500
/** How far the clock of the source may be ahead of ours. */
const clockSkewMs = 3_600_000

/** Sources whose last snapshot was read and came to no end: they must not pass over it as read before. */
const unfinished = new WeakSet<Source>()

/** Source → registry: takes the snapshot that lies at the source as fact, or says why not. Facts are only ever added
 *  or changed here, never taken away: what the record no longer shows is marked missing. */
export async function read(
  rooms: Rooms,
  options: { again?: boolean; signal?: AbortSignal } = {},
): Promise<Reading> {
  const { source, registry, metrics, log } = rooms
  // Only what is written waits for whoever judges: the source is read meanwhile, one reading after the other.
  using _reading = await turnOf(registry.db, 'source')
  try {
    // What was held and is now approved, or could not be written down, lies at the source as before.
    const again =
      options.again === true ||
      unfinished.has(source) ||
      (await approvedSets(registry.db, 'years', null)).members.size > 0
    const snapshot = await readSource(rooms, { ...options, again })
    if (snapshot === null) return { state: 'unchanged', snapshot: null }
    unfinished.add(source)
    const reading = await takeInTurn(rooms, snapshot)
    unfinished.delete(source)
    return reading
  } catch (thrown) {
    const error = asIdentityError(thrown)
    if (!error.code.startsWith('FEED_')) throw thrown
    unfinished.delete(source)
    metrics.feedRefused.inc({ reason: error.code })
    log.warn('feed-refused', { code: error.code, reason: error.message })
    return { state: 'refused', code: error.code, message: error.message }
  }
}

async function readSource({ source, advances }: Rooms, options: ReadOptions): Promise<Snapshot | null> {
  using _reading = advances.begin('source: read')
  return await source.read(options)
}

async function takeInTurn(rooms: Rooms, snapshot: Snapshot): Promise<Reading> {
  using _turn = await turnOf(rooms.registry.db, 'facts')
  return await take(rooms, snapshot)
}

async function take(rooms: Rooms, snapshot: Snapshot): Promise<Reading> {
  const { registry, clock, metrics, log } = rooms
  const at = clock.now()
  const last = await lastAccepted(registry.db)
  const approved = await approvedSets(registry.db, 'years', null)
  if (last !== null && last.digest === snapshot.digest) return { state: 'unchanged', snapshot: last.number }
  if (last !== null && (snapshot.number < last.number || snapshot.takenAt < last.taken_at)) {
    throw new IdentityError(
      'FEED_STALE',
      `snapshot ${snapshot.number} is earlier than snapshot ${last.number}, the last one accepted`,
    )
  }
  // Taken as fact, it would make every snapshot after it stale.
  if (snapshot.takenAt > later(at, clockSkewMs)) {
    throw new IdentityError('FEED_MANIFEST', `snapshot ${snapshot.number} says it was taken in the future`)
  }
  if (last !== null && !sameYears(last.open_years, snapshot.openYears)) {
    const years = [...snapshot.openYears].sort()
    if (!approved.members.has(years.join(','))) return holdYears(rooms, snapshot, last.open_years, years)
  }

  const changed = await record(rooms, snapshot, at)
  await registry.transaction(async (tx) => {
    await rememberSnapshot(tx, snapshot, { state: 'accepted', reason: null, at })
    if (snapshot.kind === 'full') await markMissing(tx, snapshot.students.keys(), at)
    await endApproved(tx, approved.digests, at)
    await endHolds(tx, 'years', null, at)
  })
  metrics.feedLastAccepted.set(at.getTime() / 1000)
  metrics.feedRows.set(snapshot.rows)
  const setAside = snapshot.setAside.length
  log.info('feed-accepted', { snapshot: snapshot.number, rows: snapshot.rows, changed, setAside })
  return { state: 'accepted', snapshot: snapshot.number, changed, setAside }
}

/** A change of the open years moves everybody's right at once: a person says yes first (rules: years). */
async function holdYears(
  rooms: Rooms,
  snapshot: Snapshot,
  before: string[],
  years: string[],
): Promise<Reading> {
  const { registry, clock, log, metrics } = rooms
  const message = `open years would go from ${before.join(', ')} to ${years.join(', ')}`
  const at = clock.now()
  const digest = await registry.transaction((tx) =>
    hold(tx, { kind: 'years', target: null, detail: message, members: [years.join(',')], at }),
  )
  metrics.feedRefused.inc({ reason: 'YEAR_CHANGED' })
  log.warn('feed-held', { code: 'YEAR_CHANGED', snapshot: snapshot.number, digest })
  return { state: 'held', code: 'YEAR_CHANGED', digest, message }
}

/** Writes the records that are new or changed. Each batch is whole by itself and true by itself: a pass that dies here
 *  leaves facts behind, and the next one finds the rest by their digests. */
async function record({ registry, rules, advances }: Rooms, snapshot: Snapshot, at: Date): Promise<number> {
  const { db } = registry
  const knownBetter = await readSince(db, snapshot.takenAt)
  using advance = advances.begin('students recorded', snapshot.students.size)
  let changed = 0
  let waiting: RecordedStudent[] = []
  const flush = async () => {
    const students = waiting
    waiting = []
    const known = await recordDigests(
      db,
      students.map(({ record }) => record.person.number),
    )
    const moved = students.filter(({ record, digest }) => known.get(record.person.number) !== digest)
    changed += moved.length
    if (moved.length > 0) await registry.transaction((tx) => recordStudents(tx, moved, at))
    advance.by(students.length)
  }
  for (const student of snapshot.students.values()) {
    if (knownBetter.has(student.person.number)) continue
    waiting.push(recordedStudent(student, rules.ownDomains))
    if (waiting.length === batch) await flush()
  }
  await flush()
  return changed
}

/** A record with its digest; what the address is by itself belongs to it, so that a change of our own domains is a
 *  change of the record. */
export function recordedStudent(record: StudentRecord, ownDomains: readonly string[]): RecordedStudent {
  const address = effectiveAddress(record.person)
  const state = addressState(address, ownDomains)
  const enrolments = [...record.enrolments].map((each) => JSON.stringify(each)).sort()
  return {
    record,
    address,
    addressCanonical: address !== null && state === 'usable' ? canonicalAddress(address) : null,
    addressState: state,
    digest: createHash('sha256')
      .update(JSON.stringify([record.person, state]))
      .update(enrolments.join('\n'))
      .digest('base64url'),
  }
}

/** Whether two sources say that the same years are open. */
export function sameYears(one: readonly string[], other: readonly string[]): boolean {
  return [...one].sort().join() === [...other].sort().join()
}
