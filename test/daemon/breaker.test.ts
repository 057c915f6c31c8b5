import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Rooms } from '../../daemon/rooms.ts'
import { startDaemon } from '../../daemon/schedule.ts'
import { guarded } from '../../daemon/target/breaker.ts'
import type { Lane } from '../../daemon/target/target.ts'
import { systemClock } from '../../platform/clock.ts'
import { IdentityError } from '../../platform/error.ts'
import { silentLog } from '../../platform/log.ts'
import { createMetrics } from '../../platform/metrics.ts'
import { settlementOf } from '../../registry/settlements.ts'
import { createFlows } from '../../web/flow/flows.ts'
import { keyFor, passOver, passwords } from '../run/acts.ts'
import { eventually } from '../run/eventually.ts'
import { minute } from '../run/moved-clock.ts'
import { crowd } from '../run/people.ts'
import { openStage, type Stage } from '../run/stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage[Symbol.asyncDispose]())
beforeEach(() => stage.afresh())

const stand = () => ''
const silent = () =>
  new IdentityError('TARGET_UNAVAILABLE', 'upmc: the connection was closed', { transient: true })
const answeredWith = (resultCode: number) =>
  new IdentityError('TARGET_UNAVAILABLE', `upmc answered ${resultCode}`, { details: { resultCode } })

/** A target that answers as it is told, under a clock of its own. */
function told(failures = 3) {
  let now = 0
  let answer: () => Promise<never[]> = () => Promise.resolve([])
  let asked = 0
  const own: Lane = {
    read: () => {
      asked += 1
      return answer()
    },
    apply: () => Promise.resolve(undefined),
  }
  const metrics = createMetrics('test')
  const target = guarded(
    { ...stage.directory('upmc').target, lane: () => own },
    {
      clock: { ...systemClock, monotonic: () => now },
      chance: { bytes: (count) => Buffer.alloc(count) },
      log: silentLog,
      metrics,
      failures,
      longestMs: 4_000,
    },
  )
  return {
    target,
    metrics,
    read: () => target.lane('nudge').read('1', stand),
    says: (thrown: Error | null) => (answer = () => (thrown ? Promise.reject(thrown) : Promise.resolve([]))),
    passes: (ms: number) => (now += ms),
    asked: () => asked,
  }
}

test('left unanswered so often in a row, a target is asked nothing for a while, twice as long each time, to a bound', async () => {
  const { target, read, says, passes, asked, metrics } = told()
  says(silent())
  for (let tries = 0; tries < 3; tries++) await expect(read()).rejects.toThrow('closed')
  expect(target.circuit?.()).toBe('open')
  expect(target.isLeftAlone?.()).toBe(true)
  await expect(read()).rejects.toMatchObject({ code: 'TARGET_UNAVAILABLE', transient: true })
  expect(asked()).toBe(3)
  // With no jitter drawn, half of 1, 2, 4, 4 seconds.
  for (const ms of [500, 1_000, 2_000, 2_000]) {
    passes(ms - 1)
    expect(target.isLeftAlone?.()).toBe(true)
    passes(1)
    expect(target.isLeftAlone?.()).toBe(false)
    const before = asked()
    await expect(read()).rejects.toThrow('closed')
    expect(asked()).toBe(before + 1)
    expect(target.circuit?.()).toBe('open')
  }
  passes(2_000)
  says(null)
  expect(await read()).toEqual([])
  expect(target.circuit?.()).toBe('closed')
  expect(await metrics.text()).toContain('matricule_target_circuit{target="upmc",state="closed"} 1')
})

test('while one act finds out whether it answers, no other is let through', async () => {
  const { target, read, says, passes } = told(1)
  says(silent())
  await expect(read()).rejects.toThrow('closed')
  passes(500)
  says(null)
  const [first, second] = [read(), read()]
  await expect(second).rejects.toThrow('left alone')
  expect(await first).toEqual([])
  expect(target.circuit?.()).toBe('closed')
})

test.each([
  [
    'a refusal',
    new IdentityError('TARGET_REFUSED', 'upmc answered 50', { details: { resultCode: 50 } }),
    'closed',
  ],
  ['a full directory', answeredWith(80), 'closed'],
  ['a password that is not taken', answeredWith(49), 'open'],
  ['a server that is busy', answeredWith(51), 'open'],
])('%s, again and again, leaves it %s', async (_what, thrown, state) => {
  const { target, read, says } = told()
  says(thrown)
  for (let tries = 0; tries < 5; tries++) await expect(read()).rejects.toThrow()
  expect(target.circuit?.()).toBe(state)
})

test('a dead directory is not tried for each student, and has everybody soon after it is back', async () => {
  const people = crowd(12)
  const numbers = people.map(({ person }) => person.number)
  await passOver(stage, people)
  const { clock, chance } = stage.rooms
  const options = {
    clock,
    chance,
    log: silentLog,
    metrics: createMetrics('test'),
    failures: 3,
    longestMs: 1_000,
  }
  const rooms: Rooms = {
    ...stage.rooms,
    rules: { ...stage.rooms.rules, window: 4 },
    targets: stage.rooms.targets.map((target) => guarded(target, options)),
  }
  const upmc = stage.directory('upmc')
  upmc.wire.cut()
  const daemon = startDaemon(rooms, { passIntervalMs: 3_600_000 })
  try {
    for (const studentNumber of numbers)
      await createFlows(stage.house).activate({
        studentNumber,
        key: await keyFor(stage, studentNumber),
        password: passwords.first,
        network: '192.0.2.1',
        idempotencyKey: null,
      })
    const settledIn = async (name: string) => {
      const rows = await Promise.all(numbers.map((number) => settlementOf(rooms.registry.db, name, number)))
      return rows.every((row) => row?.state === 'settled')
    }
    await eventually(
      'the others to have all',
      async () => (await settledIn('primary')) && settledIn('paris-sorbonne'),
    )
    const found = rooms.targets.find(({ name }) => name === 'upmc')
    await eventually('it to be left alone', () => Promise.resolve(found?.circuit?.() === 'open'))
    upmc.wire.mend()
    await eventually('it to have all', async () => {
      stage.clock.move(minute)
      return settledIn('upmc')
    })
    expect(found?.circuit?.()).toBe('closed')
  } finally {
    upmc.wire.mend()
    await daemon.stop()
  }
})
