import { afterAll, beforeAll, expect, test } from 'vitest'
import { lockAccounts } from '../../registry/accounts.ts'
import { claimByKey, claimByToken } from '../../registry/claims.ts'
import type { Registry } from '../../registry/open.ts'
import { settlementOf, unsettle, writeTargets } from '../../registry/settlements.ts'
import { settlingOn } from '../../registry/settling.ts'
import { studentOf } from '../../registry/students.ts'
import { bearerOf, issueToken } from '../../registry/tokens.ts'
import { admit, keyClaim, newLetter, verifier } from '../run/admitted.ts'
import { hour, movedClock } from '../run/moved-clock.ts'
import { openRivals } from '../run/registry.ts'

/** What two processes may do to one student in the same moment. */
const clock = movedClock('2026-09-15T06:00:00.000Z')
const targets = ['primary', 'paris-sorbonne', 'upmc']
let one: Registry
let other: Registry
beforeAll(async () => {
  ;[one, other] = await openRivals(clock)
  await one.transaction((tx) => writeTargets(tx, targets))
})
afterAll(() => one.close())

/** Somebody who has just activated, and whom nobody has settled yet. */
async function activated(): Promise<string> {
  const number = await admit(one)
  await claimByKey(one, keyClaim(one, number))
  return number
}

const settled = (registry: Registry, number: string, target: string, version: number) =>
  settlingOn(registry).settled(
    { target, number, version, dn: `uid=${number}`, entryUuid: null, digest: null, keeps: true },
    clock.now(),
    () => null,
    'now',
  )

const versionOf = async (number: string) => (await studentOf(one.db, number))?.account.version ?? 0

test('a target settled while a newer password is being chosen stays due', async () => {
  const number = await activated()
  const version = await versionOf(number)
  let settling: Promise<unknown> | null = null
  await one.transaction(async (tx) => {
    await lockAccounts(tx, [number])
    await unsettle(tx, [number], clock.now())
    settling = settled(other, number, 'upmc', version)
  })
  expect(await (settling as Promise<unknown> | null)).toBeNull()
  expect((await settlementOf(one.db, 'upmc', number))?.state).toBe('unsettled')
})

test('of targets settled in the same instant by two daemons, the last keeps the promise', async () => {
  for (let round = 0; round < 20; round++) {
    const number = await activated()
    const version = await versionOf(number)
    await Promise.all([
      settled(one, number, 'primary', version),
      settled(other, number, 'upmc', version),
      settled(one, number, 'paris-sorbonne', version),
    ])
    const parent = await one.db
      .selectFrom('promise')
      .select('kept')
      .where('number', '=', number)
      .where('parent', 'is', null)
      .where('kind', '=', 'account')
      .executeTakeFirstOrThrow()
    expect(parent.kept).not.toBeNull()
  }
})

test('a link that is used while another is written is the last that worked', async () => {
  for (let round = 0; round < 20; round++) {
    const number = await activated()
    const at = clock.now()
    const token = (name: string) => ({
      digest: `${name} ${number}`,
      number,
      requestedAt: at,
      expiresAt: new Date(at.getTime() + hour),
    })
    await one.transaction((tx) => issueToken(tx, token('first')))
    const [used] = await Promise.all([
      claimByToken(one, {
        digest: `first ${number}`,
        graceEnough: false,
        verifiers: [verifier],
        progress: { id: `progress ${number}`, expiresAt: at },
        letter: newLetter(null, at),
        at: clock.now(),
      }),
      other.transaction((tx) => issueToken(tx, token('second'))),
    ])
    // Whichever came first, the other saw all of it.
    const second = await bearerOf(one.db, `second ${number}`, clock.now())
    const first = await bearerOf(one.db, `first ${number}`, clock.now())
    expect(first).toBeNull()
    if (used === null) expect(second).toBe(number)
  }
})
