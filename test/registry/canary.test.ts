import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemClock } from '../../platform/clock.ts'
import { canaryOf, claimTry, dropCanary, writeChoice, writeResult } from '../../registry/canary.ts'
import type { Registry } from '../../registry/open.ts'
import { openRivals } from '../run/registry.ts'

let one: Registry
let other: Registry
beforeAll(async () => {
  ;[one, other] = await openRivals(systemClock)
})
afterAll(() => one.close())

const every = { everyMs: 3_600_000, renewMs: 7_200_000 }
const primary = { target: 'primary', login: 'canari' }
const choice = { scheme: 'ssha', sealed_password: 'p', sealed_verifier: 'v', mac: 'm' }

const anHourLater = () =>
  sql`update canary set tried_at = tried_at - interval '1 hour', chosen_at = chosen_at - interval '1 hour'`.execute(
    one.db,
  )

test('of all who would try in a period one does, the first period and each that follows', async () => {
  for (const _ of [1, 2, 3]) {
    const claims = await Promise.all(
      Array.from({ length: 20 }, (_each, index) => claimTry((index % 2 ? one : other).db, primary, every)),
    )
    expect(claims.filter((claimed) => claimed !== null)).toHaveLength(1)
    await anHourLater()
  }
  await dropCanary(one.db, 'primary')
  expect(await canaryOf(one.db, 'primary')).toBeNull()
})

test('a password is renewed when there is none, when it is old, and when it was refused twice', async () => {
  const renews = async () => {
    await anHourLater()
    return (await claimTry(one.db, primary, every))?.renews
  }
  expect(await renews()).toBe(true)
  await writeChoice(one.db, 'primary', choice)
  expect(await renews()).toBe(false)
  expect(await renews()).toBe(true)

  await writeChoice(one.db, 'primary', choice)
  await writeResult(one.db, 'primary', 'refused')
  expect(await renews()).toBe(false)
  // Nothing was judged: that ends no row of refusals, nor lengthens it.
  await writeResult(one.db, 'primary', 'unanswered')
  await writeResult(one.db, 'primary', 'refused')
  await sql`update canary set chosen_at = clock_timestamp()`.execute(one.db)
  expect(await renews()).toBe(true)
})

test('the time until a password first opened is told once', async () => {
  await writeChoice(one.db, 'primary', choice)
  expect(await writeResult(one.db, 'primary', 'refused')).toBeNull()
  expect(await writeResult(one.db, 'primary', 'fine')).toBeGreaterThan(0)
  const first = await canaryOf(one.db, 'primary')
  expect(first?.succeeded_at).not.toBeNull()
  expect(await writeResult(one.db, 'primary', 'open')).toBeNull()
  // Whoever lets anybody in has not succeeded.
  expect(await canaryOf(one.db, 'primary')).toMatchObject({
    result: 'open',
    succeeded_at: first?.succeeded_at,
    refusals: 0,
  })
})
