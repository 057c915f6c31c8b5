import { afterEach, beforeAll, afterAll, describe, expect, test } from 'vitest'
import { startLeadership, type RunningLeadership } from '../../daemon/leadership.ts'
import { led } from '../../daemon/target/led.ts'
import type { Target } from '../../daemon/target/target.ts'
import { upmc } from '../../domain/profiles/upmc.ts'
import { systemClock, type Clock } from '../../platform/clock.ts'
import { silentLog } from '../../platform/log.ts'
import { createMetrics } from '../../platform/metrics.ts'
import { leaseHolders } from '../../registry/leases.ts'
import type { Registry } from '../../registry/open.ts'
import { eventually } from '../run/eventually.ts'
import { openTestRegistry } from '../run/registry.ts'

const leaseMs = 900
const operationMs = 300

let registry: Registry
const running: RunningLeadership[] = []
beforeAll(async () => {
  registry = await openTestRegistry(systemClock)
})
afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => each.stop({ givingBack: true })))
})
afterAll(() => registry.close())

/** A daemon that asks to lead, under a name, and goes on asking. */
async function asking(holder: string, more: { clock?: Clock; registry?: Registry } = {}) {
  const metrics = createMetrics('test')
  const leadership = await startLeadership({
    registry,
    led: ['facts', 'primary'],
    holder,
    leaseMs,
    operationMs,
    clock: systemClock,
    metrics,
    log: silentLog,
    ...more,
  })
  running.push(leadership)
  return leadership
}

/** A daemon that is killed: it neither asks again nor gives anything back. */
const killed = (leadership: RunningLeadership) => leadership.stop({ givingBack: false })

test('of many that ask at once, one leads', async () => {
  const all = await Promise.all(Array.from({ length: 8 }, (_, index) => asking(`daemon ${index}`)))
  for (const what of ['facts', 'primary']) {
    expect(all.filter((each) => each.leads(what))).toHaveLength(1)
  }
})

test('the one that leads goes on leading for as long as it lives', async () => {
  const one = await asking('one')
  const other = await asking('other')
  const before = systemClock.monotonic()
  while (systemClock.monotonic() - before < 3 * leaseMs) {
    expect(one.leads('primary')).toBe(true)
    expect(other.leads('primary')).toBe(false)
    await systemClock.sleep(20)
  }
})

test('when it dies another takes over, not before its last operation must have ended', async () => {
  const one = await asking('one')
  const other = await asking('other')
  await killed(one)
  const died = systemClock.monotonic()
  await eventually('another leader', () => Promise.resolve(other.leads('primary')))
  // The last renewal was at most one pause before the end.
  const pause = (leaseMs - operationMs) / 3
  expect(systemClock.monotonic() - died).toBeGreaterThan(leaseMs + operationMs - pause - 50)
})

test('started again under its name it leads at once', async () => {
  const one = await asking('one')
  await asking('other')
  await killed(one)
  expect((await asking('one')).leads('primary')).toBe(true)
})

test('one that stops in good order lets another lead at its next asking', async () => {
  const one = await asking('one')
  const other = await asking('other')
  await one.stop({ givingBack: true })
  expect(one.leads('primary')).toBe(false)
  expect(await leaseHolders(registry.db)).not.toContain('one')
  await eventually('another leader', () => Promise.resolve(other.leads('primary')))
})

test('without its registry it leads for as long as its lease has time for one more operation', async () => {
  let cut = false
  const cutOff: Registry = new Proxy(registry, {
    get: (whole, name) => {
      if (name === 'db' && cut) throw new Error('cut off')
      return Reflect.get(whole, name) as unknown
    },
  })
  let now = 0
  const one = await asking('one', { clock: { ...systemClock, monotonic: () => now }, registry: cutOff })
  cut = true
  now = leaseMs - operationMs - 1
  expect(one.leads('primary')).toBe(true)
  now = leaseMs - operationMs
  expect(one.leads('primary')).toBe(false)
  cut = false
})

describe('a target that another daemon leads', () => {
  test('is read and never written', async () => {
    const applied: string[] = []
    const lane = {
      read: () => Promise.resolve([]),
      apply: (change: { kind: string }) => Promise.resolve(void applied.push(change.kind)),
    }
    let leads = true
    const target = led(
      { name: 'upmc', profile: upmc, mode: 'write', lane: () => lane } as unknown as Target,
      { leads: () => leads },
    )
    const change = { kind: 'remove', id: '1', dn: 'uid=1' } as const
    await target.lane('pass').apply(change, null)
    leads = false
    await expect(target.lane('pass').apply(change, null)).rejects.toMatchObject({
      code: 'LEADER_ELSEWHERE',
      transient: true,
    })
    await expect(target.lane('nudge').apply(change, null)).rejects.toThrow('another daemon leads')
    expect(applied).toEqual(['remove'])
    expect(await target.lane('nudge').read('1', () => '')).toEqual([])
  })
})
