import { afterAll, beforeAll, expect, test } from 'vitest'
import { claimByKey } from '../../registry/claims.ts'
import { keysOf } from '../../registry/keys.ts'
import type { Limit } from '../../registry/limits.ts'
import type { Registry } from '../../registry/open.ts'
import { gatheredOn } from '../../web/flow/gathered.ts'
import type { House } from '../../web/flow/house.ts'
import { admit, keyClaim } from '../run/admitted.ts'
import { movedClock } from '../run/moved-clock.ts'
import { openTestRegistry } from '../run/registry.ts'

const clock = movedClock('2026-09-15T06:00:00.000Z')
let registry: Registry
beforeAll(async () => {
  registry = await openTestRegistry(clock)
})
afterAll(() => registry.close())

/** What is gathered where passwords wait to be hashed until `caughtUp` resolves. */
function gatheredUntil(caughtUp: Promise<void>, most = 32) {
  const verifiers = { caughtUp: () => caughtUp }
  const rules = { gathering: { most, forMs: 1_000_000 } }
  return gatheredOn({ registry, verifiers, clock, rules } as unknown as House)
}

test('of passwords written together, one that cannot be written harms nobody else', async () => {
  const numbers = [await admit(registry), await admit(registry), await admit(registry)] as const
  const { useKey } = gatheredUntil(Promise.resolve())
  const claims = numbers.map((number) => keyClaim(registry, number))
  const poisoned = numbers[1]
  const unwritable = { id: 'a\u0000b', expiresAt: clock.now() }
  const outcomes = await Promise.allSettled(
    claims.map((claim) =>
      claimByKey(registry, claim.number === poisoned ? { ...claim, progress: unwritable } : claim, useKey),
    ),
  )
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  const states = await Promise.all(numbers.map((number) => keysOf(registry.db, number)))
  expect(states.map(([key]) => key?.state)).toEqual(['used', 'waiting', 'used'])
})

test('tries wait for each other while passwords wait to be hashed, and no longer once there are enough', async () => {
  const limit: Limit = { scope: 'student', subject: 'together', number: null, count: 9, windowMs: 60_000 }
  const counts = async () => {
    const rows = await registry.db
      .selectFrom('failure')
      .select('count')
      .where('subject', '=', limit.subject)
      .execute()
    return rows.map(({ count }) => count)
  }
  const { promise, resolve: catchUp } = Promise.withResolvers<undefined>()
  const gathered = gatheredUntil(promise, 2)
  const take = () => gathered.take([limit])
  await Promise.all([take(), take()])
  expect(await counts()).toEqual([2])
  const third = take()
  await new Promise((resolve) => setTimeout(resolve))
  // The registry answers in the order asked: were it counted at once, it would be seen.
  expect(await counts()).toEqual([2])
  catchUp(undefined)
  expect(await third).toBeNull()
  expect(await counts()).toEqual([3])
})
