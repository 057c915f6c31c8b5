import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dueOf } from '../../domain/promise.ts'
import {
  claimLetters,
  letterEnded,
  letterRetried,
  letterSent,
  lettersAskedFor,
  post,
  withholdInvitations,
} from '../../registry/letters.ts'
import type { Registry } from '../../registry/open.ts'
import { keepOnTargets, promiseTally, releasePromises, sweepPromises } from '../../registry/promises.ts'
import type { Tx } from '../../registry/tables.ts'
import { admit, newLetter } from '../run/admitted.ts'
import { openTestRegistry } from '../run/registry.ts'
import { day, hour, movedClock } from '../run/moved-clock.ts'

const clock = movedClock('2026-09-15T06:00:00.000Z')
let registry: Registry
beforeAll(async () => {
  registry = await openTestRegistry(clock)
})
afterAll(() => registry.close())

const within = <T>(act: (tx: Tx) => Promise<T>) => registry.transaction(act)
const letter = (id: string) =>
  registry.db.selectFrom('letter').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
const promisesOf = (number: string) =>
  registry.db.selectFrom('promise').selectAll().where('number', '=', number).orderBy('id').execute()

/** What the counts gain by an act, as `kind target result: count`. */
async function gained(act: () => Promise<unknown>): Promise<string[]> {
  const counts = async () =>
    new Map(
      (await promiseTally(registry.db)).map(({ kind, target, result, count }) => [
        `${kind} ${target} ${result}`,
        count,
      ]),
    )
  const before = await counts()
  await act()
  return [...(await counts())]
    .map(([name, count]) => `${name}: ${count - (before.get(name) ?? 0)}`)
    .filter((line) => !line.endsWith(': 0'))
    .sort()
}

describe('a letter', () => {
  test('with a reason that is known already is not written again', async () => {
    const number = await admit(registry)
    const once = `invitation ${number}`
    const at = clock.now()
    const twins = [newLetter(number, at, { once }), newLetter(number, at, { once })]
    expect(await within((tx) => post(tx, twins, at))).toHaveLength(1)
    const promised = newLetter(number, at, { once, promisedFrom: at })
    expect(await within((tx) => post(tx, [promised], at))).toEqual([])
    expect(await promisesOf(number)).toEqual([])
  })

  test('that was withheld is due again for the same reason, with a promise of its own', async () => {
    const number = await admit(registry)
    const at = clock.now()
    const first = newLetter(number, at, { once: `again ${number}`, promisedFrom: at })
    await within((tx) => post(tx, [first], at))
    await within((tx) => withholdInvitations(tx, [number], 'NOT_ENTITLED', clock.now()))
    expect(await letter(first.id)).toMatchObject({ state: 'withheld', reason: 'NOT_ENTITLED' })
    clock.move(day)
    const later = clock.now()
    const second = newLetter(number, later, { once: `again ${number}`, promisedFrom: later })
    expect(await within((tx) => post(tx, [second], later))).toEqual([first.id])
    expect(await letter(first.id)).toMatchObject({ state: 'due', reason: null, next_at: later })
    const [released, open] = await promisesOf(number)
    expect(released?.released).not.toBeNull()
    expect(open).toMatchObject({ letter: first.id, released: null, started: later })
  })

  test.each(['sent', 'cancelled'] as const)('that was %s is never due again', async (end) => {
    const number = await admit(registry)
    const once = `${end} ${number}`
    const at = clock.now()
    const first = newLetter(number, at, { once })
    await within(async (tx) => {
      await post(tx, [first], at)
      if (end === 'sent') await letterSent(tx, first.id, 'a@example.org', at)
      else await letterEnded(tx, first.id, end, 'WHY', at)
    })
    expect(await within((tx) => post(tx, [newLetter(number, at, { once })], at))).toEqual([])
    expect((await letter(first.id)).state).toBe(end)
  })

  test('that was refused is due again when the same reason comes again, as if it were new', async () => {
    const number = await admit(registry)
    const once = `refused ${number}`
    const at = clock.now()
    const first = newLetter(number, at, { once })
    await within(async (tx) => {
      await post(tx, [first], at)
      await letterEnded(tx, first.id, 'refused', 'LETTER_REFUSED', at)
    })
    expect(await within((tx) => post(tx, [newLetter(number, at, { once })], at))).toEqual([first.id])
    expect(await letter(first.id)).toMatchObject({ state: 'due', reason: null, attempts: 0 })
  })

  test('that is taken is taken by nobody else until the claim has run out', async () => {
    const number = await admit(registry)
    const at = clock.now()
    const all = Array.from({ length: 6 }, () => newLetter(number, at, { kind: 'reset' }))
    await within((tx) => post(tx, all, at))
    const takers = await Promise.all([1, 2, 3].map(() => claimLetters(registry.db, 4, clock.now(), hour)))
    const taken = takers
      .flat()
      .map(({ id }) => id)
      .filter((id) => all.some((each) => each.id === id))
    expect(new Set(taken).size).toBe(6)
    expect(taken).toHaveLength(6)
    clock.move(hour)
    expect((await claimLetters(registry.db, 100, clock.now(), hour)).length).toBeGreaterThanOrEqual(6)
    for (const { id } of all) await within((tx) => letterSent(tx, id, 'a@example.org', clock.now()))
    clock.move(hour)
    expect(await claimLetters(registry.db, 100, clock.now(), hour)).not.toContainEqual(
      expect.objectContaining({ id: all[0]?.id }),
    )
  })

  test('that was withdrawn while it was being tried stays withdrawn', async () => {
    const number = await admit(registry)
    const at = clock.now()
    const only = newLetter(number, at)
    await within((tx) => post(tx, [only], at))
    await within((tx) => withholdInvitations(tx, [number], 'NOT_ENTITLED', at))
    await letterRetried(registry.db, only.id, {
      reason: 'LETTER_UNDELIVERED',
      nextAt: at,
      heard: true,
    })
    expect((await letter(only.id)).state).toBe('withheld')
  })

  test('keeps nothing sealed once it is sent, and what was asked for is counted by address', async () => {
    const number = await admit(registry)
    const at = clock.now()
    const address = `asked${number}@example.org`
    const asked = { kind: 'reset', address, facts: { asked: 'yes' }, sealed: 'sealed token' } as const
    const [one, two] = [newLetter(number, at, asked), newLetter(number, at, asked)]
    await within((tx) => post(tx, [one, two, newLetter(number, at, { address })], at))
    await within((tx) => letterSent(tx, one.id, address, at))
    expect((await letter(one.id)).sealed).toBeNull()
    const since = new Date(at.getTime() - hour)
    expect(await lettersAskedFor(registry.db, address, since)).toBe(2)
    expect(await lettersAskedFor(registry.db, address, at)).toBe(0)
  })
})

describe('a promise', () => {
  const targets = ['primary', 'upmc']
  /** As a choice of a password starts it: a parent, and a child per target. */
  const promiseOnTargets = async (
    tx: Tx,
    kind: 'account' | 'password',
    number: string,
    started: Date,
    on: readonly string[],
  ) => {
    const promised = { kind, number, started, due: dueOf(kind, started) }
    const parent = await tx.insertInto('promise').values(promised).returning('id').executeTakeFirstOrThrow()
    await tx
      .insertInto('promise')
      .values(on.map((target) => ({ ...promised, target, parent: parent.id })))
      .execute()
  }

  test('of an account is kept target by target, and as a whole by the last', async () => {
    const number = await admit(registry, { state: 'active' })
    await within((tx) => promiseOnTargets(tx, 'account', number, clock.now(), targets))
    expect(
      await gained(() => within((tx) => keepOnTargets(tx, [{ number, target: 'primary' }], clock.now()))),
    ).toEqual(['account primary kept: 1', 'password primary kept: 1'])
    expect((await promisesOf(number))[0]?.kept).toBeNull()
    expect(
      await gained(() => within((tx) => keepOnTargets(tx, [{ number, target: 'upmc' }], clock.now()))),
    ).toEqual(['account  kept: 1', 'account upmc kept: 1', 'password upmc kept: 1'])
    expect(
      await gained(() => within((tx) => keepOnTargets(tx, [{ number, target: 'upmc' }], clock.now()))),
    ).toEqual([])
  })

  test('is broken when its due passes, once, and keeping it later counts nothing more', async () => {
    const number = await admit(registry, { state: 'active' })
    await within((tx) => promiseOnTargets(tx, 'password', number, clock.now(), targets))
    const sweep = () => within((tx) => sweepPromises(tx, clock.now()))
    await sweep()
    clock.move(hour - 10)
    expect(await gained(sweep)).toEqual([])
    clock.move(20)
    expect(await gained(sweep)).toEqual([
      'password  broken: 1',
      'password primary broken: 1',
      'password upmc broken: 1',
    ])
    expect(await gained(sweep)).toEqual([])
    const keep = async () => {
      for (const target of targets)
        await within((tx) => keepOnTargets(tx, [{ number, target: target }], clock.now()))
    }
    expect(await gained(keep)).toEqual([])
    expect((await promisesOf(number)).every(({ kept, broken }) => kept !== null && broken)).toBe(true)
  })

  test('that is kept late is broken, though nobody had looked since its due', async () => {
    const number = await admit(registry, { state: 'active' })
    await within((tx) => promiseOnTargets(tx, 'password', number, clock.now(), ['primary']))
    clock.move(3 * day)
    expect(
      await gained(() => within((tx) => keepOnTargets(tx, [{ number, target: 'primary' }], clock.now()))),
    ).toEqual(['password  broken: 1', 'password primary broken: 1'])
    const at = clock.now()
    const promised = newLetter(number, at, { promisedFrom: at })
    await within((tx) => post(tx, [promised], at))
    clock.move(3 * day)
    expect(
      await gained(() => within((tx) => letterSent(tx, promised.id, 'a@example.org', clock.now()))),
    ).toEqual(['letter  broken: 1'])
    expect((await promisesOf(number)).every(({ kept, broken }) => kept !== null && broken)).toBe(true)
  })

  test('that is released is neither kept nor broken', async () => {
    const number = await admit(registry, { state: 'active' })
    await within((tx) => promiseOnTargets(tx, 'account', number, clock.now(), targets))
    await within((tx) => releasePromises(tx, [number], null, clock.now()))
    clock.move(3 * day)
    await within((tx) => sweepPromises(tx, clock.now()))
    expect(await within((tx) => keepOnTargets(tx, [{ number, target: 'primary' }], clock.now()))).toEqual([])
    for (const { kept, broken } of await promisesOf(number))
      expect({ kept, broken }).toEqual({ kept: null, broken: false })
  })
})
