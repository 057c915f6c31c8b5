import { later } from '../platform/clock.ts'
import { asIdentityError } from '../platform/error.ts'
import { reserveMails } from '../registry/mails.ts'
import { owned, unsettledNow, unsettleIn } from '../registry/settlements.ts'
import { presentStudents } from '../registry/students.ts'
import type { Change } from '../domain/entry.ts'
import { desiredEntry, entryDigest, managedOf } from './entry.ts'
import { brake } from './brake.ts'
import { planOne } from './plan.ts'
import type { Rooms } from './rooms.ts'
import { isOurs, settle, standIn } from './settle.ts'
import { tellTakenOver } from './taken-over.ts'
import type { Found, Stand, Target } from './target/target.ts'

/** What a target lacks, found by reading all of it. */
export interface Differences {
  readonly target: string
  /** The changes that would make it right, by student. */
  readonly changes: ReadonlyMap<string, readonly Change[]>
  /** Students whose entry somebody else has changed since we wrote it. */
  readonly drifted: readonly string[]
  /** Entries that are not ours and bear a login that we need. */
  readonly conflicts: readonly string[]
  /** How many entries of ours there are. */
  readonly ours: number
  /** How many entries of students there are that are not ours. */
  readonly foreign: number
}

const batch = 500

/** Reads a whole target and plans what it lacks. Writes nothing to it; addresses borne by entries that are not ours are
 *  reserved in the registry, so that no student is given one. */
export async function compare(rooms: Rooms, target: Target, signal?: AbortSignal): Promise<Differences> {
  const { registry, rules } = rooms
  const { profile } = target
  const holdings = await owned(registry.db, target.name)
  const found = new Map<string, Found>()
  const foreign = new Set<string>()
  const foreignMails: string[] = []
  const stand = await standIns(rooms, target)
  for await (const entry of target.scan(stand, signal)) {
    const number = profile.identify(entry.attributes)
    const holding = number === null ? undefined : holdings.get(number)
    if (number !== null && holding !== undefined && isOurs(holding, entry)) found.set(number, entry)
    else {
      if (number !== null) foreign.add(number)
      foreignMails.push(...(entry.attributes['mail'] ?? []))
    }
  }
  await reserveMails(registry.db, foreignMails, target.name, rooms.clock.now())

  const changes = new Map<string, Change[]>()
  const drifted: string[] = []
  const conflicts: string[] = []
  for await (const student of everyPresent(rooms)) {
    const { number } = student.account
    const entry = found.get(number)
    found.delete(number)
    const desired = desiredEntry(profile, student, rules)
    if (entry === undefined && foreign.has(number)) {
      conflicts.push(number)
      continue
    }
    const actual = entry ? { id: number, dn: entry.dn, attributes: entry.attributes } : null
    const planned = planOne(
      desired && entry ? target.respell(desired, entry) : desired,
      actual,
      managedOf(profile, student),
    )
    if (planned.length > 0) changes.set(number, planned)
    const holding = holdings.get(number)
    const wrote = holding?.state === 'settled' ? holding.written_digest : null
    const stands = entry ? entryDigest(entry.attributes, profile.managed) : null
    if (wrote !== null && wrote !== stands) drifted.push(number)
  }
  // What is left is ours and belongs to nobody who has an entry: purged accounts.
  for (const [number, entry] of found) {
    const actual = { id: number, dn: entry.dn, attributes: entry.attributes }
    changes.set(number, planOne(null, actual, profile.managed))
  }
  const ours = [...holdings.values()].filter(({ dn }) => dn !== null).length
  return { target: target.name, changes, drifted, conflicts, ours, foreign: foreign.size }
}

/** One target, whole: read it, find what differs, and settle it. Repairs of what others changed are held when there are
 *  too many of them at once (rules: brakes); what we ourselves have to say is never held. */
export async function reconcile(rooms: Rooms, target: Target, signal?: AbortSignal): Promise<void> {
  const { registry, clock, metrics, log, rules } = rooms
  try {
    const { changes, drifted, conflicts, ours, foreign } = await compare(rooms, target, signal)
    metrics.targetUp.set({ target: target.name }, 1)
    metrics.driftEntries.set({ target: target.name }, drifted.length)
    if (target.mode === 'observe') {
      log.info('observed', { target: target.name, changes: changes.size, conflicts: conflicts.length })
      return
    }
    const { held } = await brake(rooms, {
      kind: 'drift',
      target: target.name,
      numbers: drifted,
      whole: ours,
      brakes: { maxRemovals: rules.brakes.maxRemovals, maxShare: rules.maxDrift },
      detail: (count) => `${count} entries of ${target.name} were changed by somebody else`,
      release: (tx, free) =>
        unsettleIn(
          tx,
          target.name,
          free.filter((number) => changes.has(number)),
          clock.now(),
        ),
    })
    const drift = new Set(drifted)
    const others = [...changes.keys(), ...conflicts].filter(
      (number) => !drift.has(number) && !held.has(number),
    )
    for (let from = 0; from < others.length; from += batch) {
      await unsettleIn(registry.db, target.name, others.slice(from, from + batch), clock.now())
    }
    await tellTakenOver(rooms, target, foreign)
    await settleDue(rooms, target, signal)
    metrics.targetLastSettled.set({ target: target.name }, clock.now().getTime() / 1000)
  } catch (thrown) {
    if (signal?.aborted) return
    const error = asIdentityError(thrown)
    metrics.targetUp.set({ target: target.name }, 0)
    log.error('reconcile-failed', { target: target.name, code: error.code }, error)
  }
}

/** Settles everybody who is due in a target, `window` at a time, until nobody is, or until the target has answered
 *  nobody for a whole window: then the rest is left to the next round, and the pass goes on. */
export async function settleDue(rooms: Rooms, target: Target, signal?: AbortSignal): Promise<void> {
  const { registry, clock, rules } = rooms
  const lane = target.lane('pass')
  // Whoever becomes due after this waits for the next round: a student who is refused at once cannot hold us here.
  const until = later(clock.now(), 0)
  while (!signal?.aborted) {
    const due = await unsettledNow(registry.db, target.name, until, batch)
    if (due.length === 0) return
    const numbers = due.values()
    let unanswered = 0
    const work = async () => {
      for (const number of numbers) {
        if (signal?.aborted || unanswered >= rules.window) return
        unanswered = (await settle(rooms, target, number, lane)) === 'unanswered' ? unanswered + 1 : 0
      }
    }
    await Promise.all(Array.from({ length: rules.window }, work))
    if (unanswered >= rules.window) return
  }
}

/** Stand-ins for a whole target: each stored verifier is compared with that of the student who bears the entry. */
async function standIns(rooms: Rooms, target: Target): Promise<Stand> {
  const { scheme } = target.profile
  const macs = new Map<string, string>()
  for await (const { account, verifiers } of everyPresent(rooms)) {
    const mac = verifiers[scheme]
    if (mac !== undefined) macs.set(account.number, mac)
  }
  return (number, stored) => {
    const mac = number === null ? undefined : macs.get(number)
    return standIn(rooms, scheme, mac === undefined ? {} : { [scheme]: mac })(number, stored)
  }
}

async function* everyPresent({ registry }: Rooms) {
  let after = ''
  for (;;) {
    const students = await presentStudents(registry.db, after, batch)
    const last = students.at(-1)
    if (last === undefined) return
    yield* students
    after = last.account.number
  }
}
