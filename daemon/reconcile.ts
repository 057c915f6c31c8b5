import { parisDay } from '../domain/paris.ts'
import { later } from '../platform/clock.ts'
import { asIdentityError } from '../platform/error.ts'
import { packageVersion } from '../platform/root.ts'
import { dueAgain } from '../registry/due-again.ts'
import { isHeld } from '../registry/holds.ts'
import { reserveMails } from '../registry/mails.ts'
import { unsettledNow, unsettleIn } from '../registry/settlements.ts'
import { readMark, writeMark } from '../registry/standings.ts'
import { brake } from './brake.ts'
import { gatherDifferences } from './differences.ts'
import { compare, compareChanges, type Visitor } from './compare.ts'
import { followedFrom, noteFollowed } from './followed.ts'
import type { Rooms } from './rooms.ts'
import { reportDifferences } from './report.ts'
import { note, settle } from './settle.ts'
import { tellTakenOver } from './taken-over.ts'
import type { Target } from './target/target.ts'

const batch = 1_000
/** Students in hand at the same time in one target: what the registry has to say of the next ones is asked while the
 *  directory is busy with those before. */
const mostInHand = 256

/** One target: read it, whole or what has changed in it since, find what differs, and settle it. Repairs of what others
 *  changed are held when there are too many of them at once (rules: brakes); what we ourselves have to say is never held. */
export async function reconcile(rooms: Rooms, target: Target, signal?: AbortSignal): Promise<void> {
  const { registry, clock, metrics, log, rules } = rooms
  try {
    if (target.isLeftAlone?.() === true || (await isResting(rooms, target))) return
    // An entry that changes while it is read may pass by twice.
    const due = new Set<string>()
    const drifted = new Set<string>()
    const absent = new Set<string>()
    let conflicts = 0
    const differences = target.mode === 'observe' ? gatherDifferences(rules.reports.sample) : null
    const thorough = await isThoroughDue(rooms, target)
    const visitor: Visitor = {
      differs(number, changes, isDrifted) {
        differences?.differs(number, changes)
        ;(isDrifted ? drifted : due).add(number)
      },
      misses(number, isDrifted) {
        differences?.misses(number)
        absent.add(number)
        ;(isDrifted ? drifted : due).add(number)
      },
      conflict(number) {
        conflicts += 1
        differences?.conflict(number)
        due.add(number)
      },
      stands: (student, found) =>
        target.mode === 'write' ? note(rooms, target, student, found) : Promise.resolve(),
      taken: (mails) => reserveMails(registry.db, mails, target.name, clock.now()),
    }
    const began = clock.now()
    const followed = thorough === null && target.mode === 'write' ? await followedFrom(rooms, target) : null
    const changes = followed && (await target.changesSince(followed.mark, signal))
    const compared =
      changes === null
        ? await compare(rooms, target, visitor, { thorough: thorough !== null, signal })
        : await compareChanges(rooms, target, visitor, changes)
    comparedAt.set(target, clock.monotonic())
    metrics.targetUp.set({ target: target.name }, 1)
    metrics.driftEntries.set({ target: target.name }, drifted.size)
    if (differences !== null) {
      log.info('observed', {
        target: target.name,
        changes: due.size + drifted.size - conflicts,
        conflicts,
      })
      await reportDifferences(rooms, target, differences, { drifted: [...drifted], whole: compared.ours })
      return
    }
    await brake(rooms, {
      kind: 'drift',
      target: target.name,
      numbers: [...drifted],
      whole: compared.ours,
      brakes: { maxRemovals: rules.brakes.maxRemovals, maxShare: rules.maxDrift },
      detail: (count) => `${count} entries of ${target.name} were changed by somebody else`,
      release: (tx, free) => unsettleIn(tx, target.name, free, clock.now()),
    })
    const numbers = [...due]
    for (let from = 0; from < numbers.length; from += batch) {
      await unsettleIn(registry.db, target.name, numbers.slice(from, from + batch), clock.now())
    }
    if (compared.foreign !== null) await tellTakenOver(rooms, target, compared.foreign)
    const wholeAt = compared.foreign === null ? followed?.wholeAt : began.toISOString()
    await noteFollowed(rooms, target, compared.mark, wholeAt ?? began.toISOString())
    if (thorough !== null) await writeMark(registry.db, markOf(target), thorough)
    await dueAgain(registry.db, target.name, clock.now())
    await settleDue(rooms, target, signal, absent)
    metrics.targetLastSettled.set({ target: target.name }, clock.now().getTime() / 1000)
  } catch (thrown) {
    if (signal?.aborted) return
    const error = asIdentityError(thrown)
    // What the registry cannot do says nothing of the directory.
    if (error.code.startsWith('TARGET_')) metrics.targetUp.set({ target: target.name }, 0)
    log.error('reconcile-failed', { target: target.name, code: error.code }, error)
  }
}

/** When a target that rests was last compared by this process. */
const comparedAt = new WeakMap<Target, number>()

/** Changes of others that are held must be known anew at each pass: then it does not rest. */
async function isResting({ registry, clock }: Rooms, target: Target): Promise<boolean> {
  const at = comparedAt.get(target)
  if (at === undefined || target.restMs === undefined || clock.monotonic() - at >= target.restMs) return false
  return !(await isHeld(registry.db, 'drift', target.name))
}

const markOf = ({ name }: Target) => `compared ${name}`

/** What the last thorough comparison of a target went by, when that was another day, or all of it would be made
 *  differently now; null when entries that nobody has touched need no closer look. */
async function isThoroughDue({ registry, clock, rules }: Rooms, target: Target): Promise<string | null> {
  const { base, filter, managed, objectClasses, scheme } = target.profile
  const shape = { day: parisDay(clock.now()), packageVersion, base, filter, managed, objectClasses, scheme }
  const now = JSON.stringify([shape, rules.site, rules.years])
  return (await readMark(registry.db, markOf(target))) === now ? null : now
}

/** Settles everybody who is due in a target, many at a time, until nobody is, or until the target has answered nobody for
 *  as many as may be in hand: then the rest is left to the next round, and the pass goes on. Students are taken in hand
 *  some dozens at once, so that the registry is asked few questions, and before those in hand are done, so that the
 *  target never waits for it. `absent` are those of whom the scan found nothing. */
export async function settleDue(
  rooms: Rooms,
  target: Target,
  signal: AbortSignal | undefined,
  absent: ReadonlySet<string>,
): Promise<void> {
  const { registry, clock } = rooms
  using advance = rooms.advances.begin(`${target.name}: settled`)
  const lane = target.lane('pass')
  const most = target.mostInHand ?? mostInHand
  const atOnce = Math.max(1, Math.floor(most / 4))
  const inHand = new Set<string>()
  const failures: unknown[] = []
  let unanswered = 0
  let wake = (): void => undefined
  const isOver = () =>
    signal?.aborted === true || unanswered >= most || failures.length > 0 || target.isLeftAlone?.() === true
  const take = async (number: string): Promise<void> => {
    inHand.add(number)
    try {
      const settling = await settle(rooms, target, number, lane, {
        absent: absent.has(number),
        haste: 'soon',
      })
      unanswered = settling === 'unanswered' ? unanswered + 1 : 0
      advance.by(1)
    } catch (error) {
      failures.push(error)
    }
    inHand.delete(number)
    wake()
  }
  const untilInHand = async (few: number): Promise<void> => {
    while (inHand.size > few) await new Promise<void>((resolve) => (wake = resolve))
  }
  // Whoever becomes due after this waits for the next round: a student who is refused at once cannot hold us here.
  const until = later(clock.now(), 0)
  while (!isOver()) {
    const listed = await unsettledNow(registry.db, target.name, until, batch + inHand.size)
    const due = listed.filter((number) => !inHand.has(number))
    if (due.length === 0 && inHand.size === 0) return
    // Nobody new: what those in hand come to decides.
    if (due.length === 0) await untilInHand(0)
    for (let from = 0; from < due.length && !isOver(); from += atOnce) {
      await untilInHand(most - atOnce)
      if (!isOver()) for (const number of due.slice(from, from + atOnce)) void take(number)
    }
  }
  await untilInHand(0)
  if (failures.length > 0) throw failures[0]
}
