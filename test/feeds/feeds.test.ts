import { afterAll, beforeAll, expect, test } from 'vitest'
import { openFeeds, type Feeds } from './try.ts'
import { spoilings } from './spoil.ts'

let feeds: Feeds
beforeAll(async () => {
  feeds = await openFeeds()
}, 120_000)
afterAll(() => feeds[Symbol.asyncDispose]())

/** The rest is for `npm run soak -- feeds`. */
const count = 500

test(`${count} spoilt feeds: nobody loses anything that was not said of them, and the truth heals the rest`, async () => {
  const first = Date.now() % 1_000_000
  const met = new Map<string, Set<string>>()
  for (let seed = first; seed < first + count; seed++) {
    const { spoiling, outcome, wrong } = await feeds.tryFeed(String(seed))
    expect(wrong, `seed ${seed}: ${spoiling}`).toEqual([])
    met.set(spoiling, (met.get(spoiling) ?? new Set()).add(outcome))
  }
  // Or nothing was shown: each kind was met, some were refused and some were taken.
  expect([...met.keys()].sort()).toEqual(spoilings.map(({ name }) => name).sort())
  const outcomes = new Set([...met.values()].flatMap((each) => [...each]))
  for (const outcome of ['accepted', 'FEED_HEADER', 'FEED_TOO_MANY_SET_ASIDE', 'FEED_INCOMPLETE'])
    expect([...outcomes]).toContain(outcome)
}, 600_000)
