import { addDays, parisDay } from '../domain/paris.ts'
import { later } from '../platform/clock.ts'
import { asIdentityError } from '../platform/error.ts'
import { dropOldReports } from '../registry/daily-reports.ts'
import { dropOldFailures } from '../registry/limits.ts'
import { dropRunOut } from '../registry/progress.ts'
import { oldestPending, promiseTally, sweepPromises } from '../registry/promises.ts'
import { voidRunOutTokens } from '../registry/tokens.ts'
import { dropAnswered } from '../registry/read-again.ts'
import { awaitedNow, unsettledCounts, unsettledNow } from '../registry/settlements.ts'
import { sharedCount, stateCounts } from '../registry/students.ts'
import { recordBounces } from './bounce/record.ts'
import { tryCanary } from './canary/try.ts'
import { answerRequests } from './letter/answer.ts'
import { deliver } from './letter/deliver.ts'
import { letterPace } from './letter/pace.ts'
import { remind } from './letter/remind.ts'
import { facts } from './leadership.ts'
import { pass, type Passed } from './pass.ts'
import { answerWishes } from './read-again.ts'
import type { Rooms } from './rooms.ts'
import { reportLetters } from './report.ts'
import { settle } from './settle.ts'
import type { Target } from './target/target.ts'

export interface Daemon {
  /** What `/readyz` waits for: empty once the first pass has settled everything. */
  awaited(): readonly string[]
  /** Runs a pass now, after the one that may be under way. */
  runPass(): Promise<Passed>
  /** Ends every loop once its present step is done. */
  stop(): Promise<void>
}

export interface Schedule {
  readonly passIntervalMs: number
}

const pollMs = 1_000
const sweepMs = 10_000
const remindMs = 600_000
const canaryMs = 2_000
const day = 86_400_000

/** Runs the daemon: passes by the clock, and between them whatever cannot wait for one. A loop that fails says so and
 *  goes on. */
export function startDaemon(rooms: Rooms, { passIntervalMs }: Schedule): Daemon {
  for (const { name } of rooms.targets)
    rooms.metrics.leader.set({ target: name }, rooms.leadership.leads(name) ? 1 : 0)
  const stopping = new AbortController()
  const { signal } = stopping
  const awaited = new Set([
    'first pass',
    ...rooms.targets.filter(({ mode }) => mode === 'write').map(({ name }) => name),
  ])
  let passing: Promise<unknown> = Promise.resolve()

  const runPass = (): Promise<Passed> => {
    const mine = passing.then(async () => {
      const passed = await pass(rooms, signal)
      awaited.delete('first pass')
      await tellReadiness(rooms, awaited)
      return passed
    })
    passing = mine.catch(() => undefined)
    return mine
  }

  const loops = [
    loop(rooms, signal, 'pass', passIntervalMs, runPass),
    loop(rooms, signal, 'promises', sweepMs, async () => {
      if (rooms.leadership.leads(facts)) {
        await rooms.registry.transaction((tx) => sweepPromises(tx, rooms.clock.now()))
        await voidRunOutTokens(rooms.registry.db, rooms.clock.now())
      }
      await tellReadiness(rooms, awaited)
    }),
    loop(rooms, signal, 'upkeep', 3_600_000, async () => {
      if (!rooms.leadership.leads(facts)) return
      await dropRunOut(rooms.registry.db, rooms.clock.now())
      await dropOldFailures(rooms.registry.db, later(rooms.clock.now(), -day))
      await dropOldReports(
        rooms.registry.db,
        addDays(parisDay(rooms.clock.now()), -rooms.rules.reports.keepDays),
      )
      await dropAnswered(rooms.registry.db, later(rooms.clock.now(), -7 * day))
    }),
    loop(rooms, signal, 'reminders', remindMs, async () => {
      if (!rooms.leadership.leads(facts)) return
      await remind(rooms)
      await reportLetters(rooms)
    }),
    loop(rooms, signal, 'bounces', rooms.rules.letters.bouncesEveryMs, async () => {
      if (rooms.bounces && rooms.leadership.leads(facts)) await recordBounces(rooms, rooms.bounces)
    }),
    letters(rooms, signal),
    answerWishes(rooms, signal),
    ...rooms.targets.map((target) =>
      loop(rooms, signal, 'canary', Math.min(canaryMs, rooms.canary?.everyMs ?? canaryMs), () =>
        tryCanary(rooms, target),
      ),
    ),
    ...rooms.targets.filter(({ mode }) => mode === 'write').map((target) => nudges(rooms, target, signal)),
  ]
  rooms.metrics.onRead(() => measure(rooms))

  return {
    awaited: () => [...awaited],
    runPass,
    async stop() {
      stopping.abort()
      await Promise.all(loops)
      await passing
    },
  }
}

/** Whoever chose a password a moment ago is settled at once, on a connection of their own; whoever was missed is found
 *  within a second. */
async function nudges(rooms: Rooms, target: Target, signal: AbortSignal): Promise<void> {
  const lane = target.lane('nudge')
  const leads = () => rooms.leadership.leads(target.name)
  const running = new Set<Promise<unknown>>()
  const run = (number: string) => {
    const work = settle(rooms, target, number, lane)
      .catch((error: unknown) => rooms.log.error('nudge-failed', { target: target.name }, error))
      .finally(() => running.delete(work))
    running.add(work)
  }
  /** While a target is left alone nobody is tried in vain there; then one student finds out for all. */
  const roomNow = () => {
    if (target.isLeftAlone?.() === true) return 0
    return (target.circuit?.() ?? 'closed') === 'closed' ? rooms.rules.window : 1
  }
  using _listening = rooms.registry.onNudge((number) => {
    // Beyond the window the poll finds them, a second later at most.
    if (number === '' || !leads() || signal.aborted || running.size >= roomNow()) return
    run(number)
  })
  await loop(rooms, signal, 'nudges', pollMs, async () => {
    // Thousands may be due at once, and take their time: half of the room is kept for whoever chooses a password meanwhile.
    const room = Math.min(Math.ceil(roomNow() / 2), roomNow() - running.size)
    if (room <= 0 || !leads()) return
    for (const number of await dueFirst(rooms, target, room)) run(number)
    await Promise.all(running)
  })
  await Promise.all(running)
}

/** Those for whom somebody waits, and then whoever else is due. */
async function dueFirst({ registry, clock }: Rooms, { name }: Target, room: number): Promise<string[]> {
  const awaited = await awaitedNow(registry.db, name, clock.now(), room)
  if (awaited.length === room) return awaited
  const due = await unsettledNow(registry.db, name, clock.now(), room)
  return [...new Set([...awaited, ...due])].slice(0, room)
}

/** Answers requests and sends letters, no faster than the mail server is to be asked. */
async function letters(rooms: Rooms, signal: AbortSignal): Promise<void> {
  const pace = letterPace(rooms.rules.letters.perMinute, pollMs, rooms.clock)
  const wake: { call: () => void } = { call: () => undefined }
  using _listening = rooms.registry.onNudge(() => wake.call())
  while (!signal.aborted) {
    await attempt(rooms, 'letters', async () => {
      if (!rooms.leadership.leads(facts)) return
      await answerRequests(rooms, 100)
      const allowed = pace.allowed()
      if (allowed > 0) pace.left(await deliver(rooms, allowed, signal))
    })
    const { promise, resolve } = Promise.withResolvers<undefined>()
    wake.call = () => resolve(undefined)
    await Promise.race([promise, rooms.clock.sleep(pollMs, signal)])
  }
}

async function loop(
  rooms: Rooms,
  signal: AbortSignal,
  name: string,
  everyMs: number,
  act: () => Promise<unknown>,
): Promise<void> {
  while (!signal.aborted) {
    await attempt(rooms, name, act)
    await rooms.clock.sleep(everyMs, signal)
  }
}

async function attempt(rooms: Rooms, name: string, act: () => Promise<unknown>): Promise<void> {
  try {
    await act()
  } catch (error) {
    rooms.log.error('loop-failed', { loop: name, code: asIdentityError(error).code }, error)
  }
}

/** A target is no longer awaited once nobody is unsettled in it; what it refuses or a conflict holds is set aside. */
async function tellReadiness(rooms: Rooms, awaited: Set<string>): Promise<void> {
  if (awaited.size === 0 || awaited.has('first pass')) return
  const unsettled = await unsettledCounts(rooms.registry.db)
  for (const { name } of rooms.targets) {
    if ((unsettled.get(name) ?? 0) === 0) awaited.delete(name)
  }
}

/** Fills the gauges that are read from the registry, when Prometheus asks. Everything is read first and then set at one
 *  stroke, so that two readers at once never see a half. */
async function measure({ registry, metrics, targets, clock }: Rooms): Promise<void> {
  const { db } = registry
  const states = await stateCounts(db)
  const unsettled = await unsettledCounts(db)
  const shared = await sharedCount(db)
  const tally = await promiseTally(db)
  const pending = await oldestPending(db)

  metrics.students.reset()
  for (const [state, count] of states) metrics.students.set({ state }, count)
  for (const { name } of targets) metrics.targetUnsettled.set({ target: name }, unsettled.get(name) ?? 0)
  metrics.sharedAddressStudents.set(shared)
  metrics.promises.reset()
  for (const { kind, target, result, count } of tally) metrics.promises.inc({ kind, target, result }, count)
  metrics.promiseOldestPending.reset()
  const now = clock.now().getTime()
  for (const { kind, target, started } of pending) {
    metrics.promiseOldestPending.set(
      { kind, target: target ?? '' },
      Math.max(0, (now - started.getTime()) / 1000),
    )
  }
}
