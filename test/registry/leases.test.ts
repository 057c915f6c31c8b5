import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemClock } from '../../platform/clock.ts'
import { giveLeaseBack, leaseHolders, takeLease } from '../../registry/leases.ts'
import type { Registry } from '../../registry/open.ts'
import { openTestRegistry } from '../run/registry.ts'

let registry: Registry
beforeAll(async () => {
  registry = await openTestRegistry(systemClock)
})
afterAll(() => registry.close())

const minute = 60_000
const take = (name: string, holder: string, forMs: number, graceMs: number) =>
  takeLease(registry.db, { name, holder }, { forMs, graceMs })

test('a lease has one holder until it has run out, and its grace besides', async () => {
  expect(await take('upmc', 'one', minute, 0)).toBe(true)
  expect(await take('upmc', 'other', minute, 0)).toBe(false)
  // Renewed to an instant that has passed already: it has run out.
  expect(await take('upmc', 'one', -1_000, 0)).toBe(true)
  expect((await leaseHolders(registry.db)).has('upmc')).toBe(false)
  expect(await take('upmc', 'other', minute, minute)).toBe(false)
  expect(await take('upmc', 'other', minute, 0)).toBe(true)
  expect((await leaseHolders(registry.db)).get('upmc')).toBe('other')
})

test('its holder has it again whenever they ask, grace or not', async () => {
  expect(await take('primary', 'one', -1_000, minute)).toBe(true)
  expect(await take('primary', 'one', minute, minute)).toBe(true)
})

test('given back by its holder it is free at once; nobody else can give it back', async () => {
  await take('facts', 'one', minute, minute)
  await giveLeaseBack(registry.db, { name: 'facts', holder: 'other' })
  expect(await take('facts', 'other', minute, minute)).toBe(false)
  await giveLeaseBack(registry.db, { name: 'facts', holder: 'one' })
  expect(await take('facts', 'other', minute, minute)).toBe(true)
})
