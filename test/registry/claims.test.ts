import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { claimByKey, claimByToken, repeatedAnswer } from '../../registry/claims.ts'
import { proposal, useKeys } from '../../registry/key-claim.ts'
import { issueKeys, keysOf } from '../../registry/keys.ts'
import type { Registry } from '../../registry/open.ts'
import { settlementOf, writeTargets } from '../../registry/settlements.ts'
import { judgeSharing, writeRights } from '../../registry/standings.ts'
import { studentOf } from '../../registry/students.ts'
import { useTokens, type TokenClaim } from '../../registry/token-claim.ts'
import { bearerOf, issueToken, voidTokens } from '../../registry/tokens.ts'
import { admit, keyClaim, newLetter, verifier } from '../run/admitted.ts'
import { openTestRegistry } from '../run/registry.ts'
import { hour, movedClock } from '../run/moved-clock.ts'

const clock = movedClock('2026-09-15T06:00:00.000Z')
let registry: Registry
beforeAll(async () => {
  registry = await openTestRegistry(clock)
  await registry.transaction((tx) => writeTargets(tx, ['primary', 'upmc']))
})
afterAll(() => registry.close())

const nothing = { promises: 0, verifiers: 0, progress: 0 }

/** How much a student has of what a claim leaves. */
async function traces(number: string): Promise<typeof nothing> {
  const rows = (table: 'promise' | 'verifier' | 'progress') =>
    registry.db.selectFrom(table).select('number').where('number', '=', number).execute()
  return {
    promises: (await rows('promise')).length,
    verifiers: (await rows('verifier')).length,
    progress: (await rows('progress')).length,
  }
}

describe('a key', () => {
  test('claimed fifty times at once works once', async () => {
    const number = await admit(registry)
    const claims = await Promise.all(
      Array.from({ length: 50 }, () => claimByKey(registry, keyClaim(registry, number))),
    )
    expect(claims.filter((mail) => mail !== null)).toEqual([`ada.${number}@etu.example.org`])
    expect(await traces(number)).toEqual({ promises: 3, verifiers: 1, progress: 1 })
    expect((await keysOf(registry.db, number))[0]).toMatchObject({ state: 'used', sealed: null })
    expect((await studentOf(registry.db, number))?.account).toMatchObject({ state: 'active', version: 2 })
    expect((await settlementOf(registry.db, 'upmc', number))?.state).toBe('unsettled')
  })

  test('of homonyms claimed at once gives each an address of their own', async () => {
    const numbers = await Promise.all(Array.from({ length: 8 }, () => admit(registry)))
    const mails = await Promise.all(
      numbers.map((number) => claimByKey(registry, keyClaim(registry, number, { localPart: 'jean.martin' }))),
    )
    const expected = ['', '.1', '.2', '.3', '.4', '.5', '.6', '.7'].map(
      (homonym) => `jean.martin${homonym}@etu.example.org`,
    )
    expect([...mails].sort()).toEqual(expected.sort())
  })

  test.each([
    ['without an open right', { right: 'none' }],
    ['in grace', { right: 'grace' }],
    ['already active', { state: 'active' }],
  ] as const)('does nothing for a student %s', async (_, how) => {
    const number = await admit(registry, how)
    expect(await claimByKey(registry, keyClaim(registry, number))).toBeNull()
    expect(await traces(number)).toEqual(nothing)
    expect((await keysOf(registry.db, number))[0]?.state).toBe('waiting')
  })

  test('does nothing for a locked student, a shared address, or another version', async () => {
    const locked = await admit(registry)
    await registry.db.updateTable('account').set({ locked: true }).where('number', '=', locked).execute()
    const facts = { fixedAddress: 'both@example.org' }
    const shared = await admit(registry, { facts })
    await admit(registry, { facts })
    await registry.transaction((tx) => judgeSharing(tx, clock.now()))
    const other = await admit(registry)
    for (const number of [locked, shared]) {
      expect(await claimByKey(registry, keyClaim(registry, number))).toBeNull()
      expect(await traces(number)).toEqual(nothing)
    }
    expect(await claimByKey(registry, keyClaim(registry, other, { keyVersion: 2 }))).toBeNull()
    expect(await traces(other)).toEqual(nothing)
  })

  test('used with others by one statement has an outcome of its own', async () => {
    const [first, namesake, without, twice] = await Promise.all([
      admit(registry),
      admit(registry),
      admit(registry, { right: 'none' }),
      admit(registry),
    ])
    const claim = (number: string, localPart: string) =>
      proposal(keyClaim(registry, number, { localPart, letter: newLetter(null, clock.now()) }), 0)
    const used = await useKeys(
      registry.db,
      [
        claim(first, 'marie.durand'),
        claim('29999999', 'nobody'),
        claim(namesake, 'marie.durand'),
        claim(without, 'no.right'),
        claim(twice, 'some.body'),
        claim(twice, 'some.body'),
      ],
      true,
    )
    const refused = { mail: null, taken: false }
    const [marie, both] = [used[0], used[2]].toSorted((one) => (one?.mail === null ? 1 : -1))
    expect([marie, both]).toEqual([
      { mail: 'marie.durand@etu.example.org', taken: false },
      { mail: null, taken: true },
    ])
    expect([used[1], used[3], used[4], used[5]]).toEqual([
      refused,
      refused,
      { mail: 'some.body@etu.example.org', taken: false },
      refused,
    ])
    expect(await traces(twice)).toEqual({ promises: 3, verifiers: 1, progress: 1 })
    expect(await traces(without)).toEqual(nothing)
    expect([await traces(first), await traces(namesake)]).toContainEqual(nothing)
    const letters = await registry.db
      .selectFrom('letter')
      .select('number')
      .where('number', '=', twice)
      .execute()
    expect(letters).toHaveLength(1)
  })

  test('that was replaced opens nothing, and the one that replaced it does', async () => {
    const number = await admit(registry)
    const at = clock.now()
    await registry.transaction((tx) =>
      issueKeys(tx, [{ number, version: 2, mac: 'kid.second', sealed: 'sealed' }], at),
    )
    expect(await claimByKey(registry, keyClaim(registry, number))).toBeNull()
    expect(await traces(number)).toEqual(nothing)
    expect(await claimByKey(registry, keyClaim(registry, number, { keyVersion: 2 }))).not.toBeNull()
  })

  test('is not used when anything of its transaction fails', async () => {
    const number = await admit(registry)
    const broken = keyClaim(registry, number, {
      repeat: { id: 'x', request: 'y', expiresAt: clock.now() },
      answer: () => {
        throw new Error('no answer')
      },
    })
    await expect(claimByKey(registry, broken)).rejects.toThrow('no answer')
    expect((await keysOf(registry.db, number))[0]).toMatchObject({ state: 'waiting', sealed: 'sealed' })
    expect(await traces(number)).toEqual(nothing)
    expect(await claimByKey(registry, keyClaim(registry, number))).not.toBeNull()
  })

  test('leaves an answer that is given again to the same request alone, for a time', async () => {
    const number = await admit(registry)
    const expiresAt = new Date(clock.now().getTime() + hour)
    await claimByKey(
      registry,
      keyClaim(registry, number, { repeat: { id: number, request: 'one', expiresAt } }),
    )
    const mail = `ada.${number}@etu.example.org`
    expect(await repeatedAnswer(registry, number, 'one', clock.now())).toEqual({ mail })
    expect(await repeatedAnswer(registry, number, 'two', clock.now())).toBeNull()
    expect(await repeatedAnswer(registry, number, 'one', expiresAt)).toBeNull()
  })
})

describe('a token', () => {
  const digestOf = (text: string) => createHash('sha256').update(text).digest('hex')
  const issue = (number: string, token: string) =>
    registry.transaction((tx) => {
      const at = clock.now()
      return issueToken(tx, {
        digest: digestOf(token),
        number,
        requestedAt: at,
        expiresAt: new Date(at.getTime() + 12 * hour),
      })
    })
  const claimOf = (token: string, graceEnough = false): TokenClaim => {
    const at = clock.now()
    return {
      digest: digestOf(token),
      graceEnough,
      verifiers: [verifier],
      progress: { id: `${token} ${at.getTime()}`, expiresAt: new Date(at.getTime() + hour) },
      letter: newLetter(null, at, { kind: 'password-changed' }),
      at,
    }
  }

  test('used with others by one statement has an outcome of its own', async () => {
    const [one, other] = [
      await admit(registry, { state: 'active' }),
      await admit(registry, { state: 'active' }),
    ]
    const locked = await admit(registry, { state: 'active' })
    for (const [number, token] of [
      [one, 'of one'],
      [other, 'of another'],
      [locked, 'of somebody locked'],
    ] as const)
      await issue(number, token)
    await registry.db.updateTable('account').set({ locked: true }).where('number', '=', locked).execute()
    const claims = ['of one', 'of nobody', 'of somebody locked', 'of another', 'of one'].map((token) =>
      claimOf(token),
    )
    expect(await useTokens(registry.db, claims, true)).toEqual([one, null, null, other, null])
    expect(await traces(one)).toEqual({ promises: 3, verifiers: 1, progress: 1 })
    expect(await traces(locked)).toEqual(nothing)
    expect(await bearerOf(registry.db, digestOf('of somebody locked'), clock.now())).toBe(locked)
  })

  test('claimed fifty times at once works once', async () => {
    const number = await admit(registry, { state: 'active' })
    await issue(number, 'fifty')
    const claims = await Promise.all(
      Array.from({ length: 50 }, () => claimByToken(registry, claimOf('fifty'))),
    )
    expect(claims.filter((bearer) => bearer !== null)).toEqual([number])
    expect(await traces(number)).toEqual({ promises: 3, verifiers: 1, progress: 1 })
    const letters = await registry.db.selectFrom('letter').select('id').where('number', '=', number).execute()
    expect(letters).toHaveLength(1)
  })

  test('is void once a newer one is issued or it was voided, and unknown ones are nobody’s', async () => {
    const number = await admit(registry, { state: 'active' })
    await issue(number, 'older')
    await issue(number, 'newer')
    expect(await claimByToken(registry, claimOf('older'))).toBeNull()
    expect(await bearerOf(registry.db, digestOf('newer'), clock.now())).toBe(number)
    await registry.transaction((tx) => voidTokens(tx, [number], clock.now()))
    expect(await claimByToken(registry, claimOf('newer'))).toBeNull()
    expect(await claimByToken(registry, claimOf('unknown'))).toBeNull()
    expect(await traces(number)).toEqual(nothing)
  })

  test('refused for want of a right is not used up', async () => {
    const number = await admit(registry, { state: 'active' })
    await issue(number, 'grace')
    const to = (kind: 'grace' | 'open') =>
      registry.transaction((tx) =>
        writeRights(
          tx,
          [{ number, right: { kind, years: ['2026'], reason: 'ENROLLED' }, lastYear: null }],
          clock.now(),
        ),
      )
    await to('grace')
    expect(await claimByToken(registry, claimOf('grace'))).toBeNull()
    expect(await traces(number)).toEqual(nothing)
    expect(await claimByToken(registry, claimOf('grace', true))).toBe(number)
  })
})
