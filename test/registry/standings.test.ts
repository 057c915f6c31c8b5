import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  approve,
  approvedSets,
  endApproved,
  endHolds,
  hold,
  holdDigest,
  waitingHolds,
} from '../../registry/holds.ts'
import { dropOldFailures, giveBack, giveBackEach, take, takeEach, type Limit } from '../../registry/limits.ts'
import type { Registry } from '../../registry/open.ts'
import { judgeSharing, markJudged, writeRights } from '../../registry/standings.ts'
import { studentOf } from '../../registry/students.ts'
import type { Tx } from '../../registry/tables.ts'
import { admit } from '../run/admitted.ts'
import { openTestRegistry } from '../run/registry.ts'
import { minute, movedClock } from '../run/moved-clock.ts'

const clock = movedClock('2026-09-15T06:00:00.000Z')
let registry: Registry
beforeAll(async () => {
  registry = await openTestRegistry(clock)
})
afterAll(() => registry.close())

const within = <T>(act: (tx: Tx) => Promise<T>) => registry.transaction(act)

describe('a limit', () => {
  let subjects = 0
  const limitOf = (count: number): Limit => ({
    scope: 'student',
    subject: `subject ${++subjects}`,
    number: null,
    count,
    windowMs: 15 * minute,
  })
  const taken = (limit: Limit) => take(registry.db, [limit], clock.now())

  test('lets so many through in its window, then says how long to wait', async () => {
    const limit = limitOf(3)
    for (let tries = 0; tries < 3; tries++) expect(await taken(limit)).toBeNull()
    expect(await taken(limit)).toBe(900)
    clock.move(14 * minute)
    expect(await taken(limit)).toBe(60)
    clock.move(minute)
    expect(await taken(limit)).toBeNull()
  })

  test('lets so many through of fifty at once', async () => {
    const limit = limitOf(5)
    const waits = await Promise.all(Array.from({ length: 50 }, () => taken(limit)))
    expect(waits.filter((wait) => wait === null)).toHaveLength(5)
  })

  test('of tries that are counted together the first find what is left, and each subject its own', async () => {
    const [limit, other] = [limitOf(3), limitOf(3)]
    await taken(limit)
    const tries = [[limit], [limit, { ...other, scope: 'network' }], [limit], [other], [limit]]
    expect(await takeEach(registry.db, tries, clock.now())).toEqual([null, null, 900, null, 900])
    await giveBackEach(registry.db, [[limit], [limit], [limit]])
    expect([await taken(limit), await taken(limit)]).toEqual([null, 900])
    clock.move(15 * minute)
    expect(await takeEach(registry.db, [[limit], [limit], [limit], [limit]], clock.now())).toEqual([
      null,
      null,
      null,
      900,
    ])
  })

  test('gets back what turned out right, and never more than was taken', async () => {
    const limit = limitOf(2)
    for (let tries = 0; tries < 20; tries++) {
      expect(await taken(limit)).toBeNull()
      await giveBack(registry.db, [limit])
    }
    for (let times = 0; times < 5; times++) await giveBack(registry.db, [limit])
    expect([await taken(limit), await taken(limit)]).toEqual([null, null])
    expect(await taken(limit)).not.toBeNull()
  })

  test('outlives what is dropped of older ones', async () => {
    const limit = limitOf(1)
    await taken(limit)
    await dropOldFailures(registry.db, new Date(clock.now().getTime() - minute))
    expect(await taken(limit)).not.toBeNull()
  })
})

describe('a held set', () => {
  beforeEach(() => registry.db.deleteFrom('hold_member').execute())
  const kind = 'losses'
  const keep = (members: readonly string[]) =>
    within((tx) => hold(tx, { kind, target: null, detail: 'so many', members, at: clock.now() }))
  const approvedNow = async () => (await approvedSets(registry.db, kind, null)).members
  /** What was approved has been applied. */
  const apply = async () => {
    const { digests } = await approvedSets(registry.db, kind, null)
    await within((tx) => endApproved(tx, digests, clock.now()))
  }
  const agree = (digest: string) => within((tx) => approve(tx, digest, 'operator', clock.now()))

  test('has a digest of what it is about and who is in it, in any order', () => {
    const digest = holdDigest(kind, null, ['1', '2'])
    expect(holdDigest(kind, null, ['2', '1'])).toBe(digest)
    expect(holdDigest(kind, 'upmc', ['1', '2'])).not.toBe(digest)
    expect(holdDigest('drift', null, ['1', '2'])).not.toBe(digest)
    expect(holdDigest(kind, null, ['1', '2', '3'])).not.toBe(digest)
  })

  test('waits under its newest digest alone', async () => {
    const older = await keep(['a', 'b'])
    const newer = await keep(['a', 'b', 'c'])
    expect((await waitingHolds(registry.db)).map(({ digest, members }) => [digest, members])).toEqual([
      [newer, 3],
    ])
    expect(await agree('unknown')).toBeNull()
    expect((await agree(newer))?.kind).toBe(kind)
    expect(await agree(newer)).toBeNull()
    // Nothing of the kind waits any more: the former state of it is nothing to agree to.
    expect(await agree(older)).toBeNull()
    expect(await approvedNow()).toEqual(new Set(['a', 'b', 'c']))
    await apply()
    expect(await approvedNow()).toEqual(new Set())
  })

  test('may be approved as it was read, while it waits in another state; who has joined since is not meant', async () => {
    const read = await keep(['a', 'k'])
    await keep(['a', 'k', 'l'])
    expect((await agree(read))?.digest).toBe(read)
    expect(await approvedNow()).toEqual(new Set(['a', 'k']))
    await apply()
    expect(await agree(read)).toBeNull()
  })

  test('that comes again after its approval was used waits for another', async () => {
    const digest = await keep(['d', 'e'])
    await agree(digest)
    await apply()
    expect(await keep(['d', 'e'])).toBe(digest)
    expect(await approvedNow()).toEqual(new Set())
    expect((await waitingHolds(registry.db)).map((each) => each.digest)).toEqual([digest])
    await agree(digest)
    expect(await approvedNow()).toEqual(new Set(['d', 'e']))
    await apply()
  })

  test('keeps an approval that came while it was found again', async () => {
    const digest = await keep(['f'])
    await agree(digest)
    await keep(['f'])
    expect(await approvedNow()).toEqual(new Set(['f']))
    await apply()
  })

  test('approved while another was being applied keeps its approval', async () => {
    const first = await keep(['h'])
    await agree(first)
    const { digests } = await approvedSets(registry.db, kind, null)
    const second = await keep(['i'])
    await agree(second)
    await within((tx) => endApproved(tx, digests, clock.now()))
    expect(await approvedNow()).toEqual(new Set(['i']))
    await apply()
  })

  test('of one target says nothing of another', async () => {
    const at = clock.now()
    const facts = { kind: 'drift', detail: 'so many', members: ['g'], at } as const
    await within((tx) => hold(tx, { ...facts, target: 'upmc' }))
    await within((tx) => hold(tx, { ...facts, target: 'primary' }))
    await within((tx) => endHolds(tx, 'drift', 'upmc', clock.now()))
    expect((await waitingHolds(registry.db)).map(({ target }) => target)).toEqual(['primary'])
    await within((tx) => endHolds(tx, 'drift', 'primary', clock.now()))
  })
})

describe('a shared address', () => {
  const share = () => within((tx) => judgeSharing(tx, clock.now()))
  const isShared = async (number: string) =>
    (await studentOf(registry.db, number))?.person.address_shared ?? null
  const leave = (number: string) =>
    within((tx) =>
      writeRights(
        tx,
        [{ number, right: { kind: 'none', years: [], reason: 'CANCELLED' }, lastYear: '2026' }],
        clock.now(),
      ),
    )

  test('is shared in any case, by right or grace, and released when one leaves', async () => {
    const one = await admit(registry, { facts: { fixedAddress: 'Both@example.org' } })
    const other = await admit(registry, { facts: { fixedAddress: 'bOTH@EXAMPLE.org' }, right: 'grace' })
    expect(await share()).toBe(2)
    expect([await isShared(one), await isShared(other)]).toEqual([true, true])
    await within((tx) => markJudged(tx, [one, other]))
    expect(await share()).toBe(0)
    const before = clock.now()
    await leave(other)
    expect(await share()).toBe(2)
    expect([await isShared(one), await isShared(other)]).toEqual([false, false])
    const released = (await studentOf(registry.db, one))?.person
    expect(released?.address_since.getTime()).toBeGreaterThan(before.getTime())
    expect(released?.unjudged).toBe(true)
  })

  test('of one who left long ago, of dots and of plus signs, is no sharing', async () => {
    const facts = { fixedAddress: 'a.b@example.org' }
    const gone = await admit(registry, { facts, right: 'none', state: 'closed' })
    const here = await admit(registry, { facts })
    const dots = await admit(registry, { facts: { fixedAddress: 'ab@example.org' } })
    const plus = await admit(registry, { facts: { fixedAddress: 'a.b+c@example.org' } })
    await share()
    for (const number of [gone, here, dots, plus]) expect(await isShared(number)).toBe(false)
  })

  test('that cannot be written to is not called shared', async () => {
    const facts = { fixedAddress: 'not an address' }
    const [one, other] = [await admit(registry, { facts }), await admit(registry, { facts })]
    await share()
    expect([await isShared(one), await isShared(other)]).toEqual([false, false])
  })
})
