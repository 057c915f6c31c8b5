import { afterAll, beforeAll, expect, test } from 'vitest'
import { databaseSpoilings } from './spoil-database.ts'
import { openDatabaseFeeds } from './try-database.ts'
import type { Feeds } from './try.ts'

let feeds: Feeds
beforeAll(async () => {
  feeds = await openDatabaseFeeds()
}, 120_000)
afterAll(() => feeds[Symbol.asyncDispose]())

/** The rest is for `npm run soak -- feeds-postgres`. */
const count = 30

test(`${count} spoilt states of Apogée's tables: nobody loses anything that was not said of them, and the truth heals the rest`, async () => {
  const first = Date.now() % 1_000_000
  const met = new Map<string, Set<string>>()
  for (let seed = first; seed < first + count; seed++) {
    const { spoiling, outcome, wrong } = await feeds.tryFeed(String(seed))
    expect(wrong, `seed ${seed}: ${spoiling}`).toEqual([])
    met.set(spoiling, (met.get(spoiling) ?? new Set()).add(outcome))
  }
  // Or nothing was shown: many kinds were met, some were refused and some were taken.
  expect(met.size).toBeGreaterThan(databaseSpoilings.length / 3)
  const outcomes = [...new Set([...met.values()].flatMap((each) => [...each]))]
  expect(outcomes).toContain('accepted')
  expect(outcomes.filter((outcome) => outcome.startsWith('FEED_')).length).toBeGreaterThan(1)
}, 600_000)
