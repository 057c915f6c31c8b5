import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Desk } from '../../bin/desk.ts'
import { lockAccount } from '../../bin/lock.ts'
import { loadSettings } from '../../platform/settings.ts'
import { activate, passOver, passwords, settled, tokenFor } from '../run/acts.ts'
import { hour } from '../run/moved-clock.ts'
import { enrolled, freshNumber } from '../run/people.ts'
import { openStage, type Stage } from '../run/stage.ts'
import { api } from './app-fixture.ts'
import { json, openDoor, type Answer, type Door } from './door.ts'

/** Nobody learns from an answer whom we know. How long answers take is measured by `npm run bench -- web`. */
let stage: Stage
let door: Door
beforeAll(async () => {
  stage = await openStage()
  door = await openDoor(stage)
})
afterAll(async () => {
  await door[Symbol.asyncDispose]()
  await stage[Symbol.asyncDispose]()
})
beforeEach(() => stage.afresh())

const addressOf = (number: string) => `p${number}@example.org`
const family = 'famille@example.org'
const ask = (path: string, body: object) => door.post(api + path, JSON.stringify(body), json)

/** Everything of an answer that whoever asked can see, but the hour: status, names and values of the headers (the length
 *  of the body is one), body. */
function seen({ status, headers, body }: Answer): object {
  const { date: _hour, ...rest } = headers
  return { status, headers: rest, body }
}

/** One student of each kind, by number; `stranger` is nobody's. */
async function everyKind() {
  const [known, invited, shared, twin, bare, cancelled, left, locked] = Array.from({ length: 8 }, () =>
    freshNumber(),
  ) as [string, string, string, string, string, string, string, string]
  const records = (addresses: 'before' | 'after') => [
    enrolled(known),
    enrolled(invited),
    enrolled(shared, { fixedAddress: family }),
    enrolled(twin, { fixedAddress: family }),
    // Had one that was in use, and has none any more.
    enrolled(bare, addresses === 'before' ? {} : { fixedAddress: null }),
    enrolled(cancelled, { state: 'A' }),
    enrolled(left, addresses === 'before' ? {} : { state: 'A' }),
    enrolled(locked),
  ]
  await passOver(stage, records('before'))
  for (const number of [known, bare, left, locked]) await activate(stage, number)
  await passOver(stage, records('after'))
  const desk: Desk = { settings: loadSettings({ env: {} }), rooms: stage.rooms, daemon: null }
  await lockAccount.run(desk, { number: locked, reason: 'card found' })
  return { known, invited, shared, bare, cancelled, left, locked, stranger: freshNumber() }
}

test('whoever asks for a link sees the same bytes for an address that is unknown, known, shared, gone, inactive or locked', async () => {
  const { known, invited, bare, cancelled, left, locked, stranger } = await everyKind()
  const numbers = [stranger, known, bare, invited, cancelled, left, locked]
  // Again, and again: over the limit of letters too.
  const asked = [...numbers.map(addressOf), family, ...Array<string>(5).fill(addressOf(known))]
  const answers = []
  for (const email of asked) answers.push(seen(await ask('/reset-requests', { email })))
  for (const answer of answers) expect(answer).toEqual(answers[0])
  expect(answers[0]).toMatchObject({ status: 202, headers: { 'content-length': '2' } })
})

test.each(['/activation/verify', '/activation'])(
  'whoever guesses a key at %s sees the same bytes whether nobody bears the number, or somebody with a key, an account, a shared address, none, or no right',
  async (path) => {
    const kinds = await everyKind()
    const choice = path === '/activation' ? { password: passwords.second } : {}
    const answers = []
    for (const studentNumber of Object.values(kinds))
      answers.push(seen(await ask(path, { studentNumber, key: 'ABCDEFGHJKMN', ...choice })))
    for (const answer of answers) expect(answer).toEqual(answers[0])
    expect(answers[0]).toMatchObject({ status: 403 })
  },
)

test('whoever tries a link sees the same bytes for one that never was, was used, is void, or has run out', async () => {
  const [first, second, third] = Array.from({ length: 3 }, () => freshNumber()) as [string, string, string]
  await settled(
    stage,
    [first, second, third].map((number) => enrolled(number)),
  )
  const used = await tokenFor(stage, addressOf(first))
  expect((await ask('/reset', { token: used, password: passwords.second })).status).toBe(200)
  const voided = await tokenFor(stage, addressOf(second))
  await tokenFor(stage, addressOf(second))
  const late = await tokenFor(stage, addressOf(third))
  stage.clock.move(12 * hour + 1)
  for (const path of ['/reset/verify', '/reset']) {
    const answers = []
    for (const token of ['4fJ0cQ7ZkVb2Xh9LrT1mWnE8sDyA6u', used, voided, late])
      answers.push(
        seen(await ask(path, path === '/reset' ? { token, password: passwords.third } : { token })),
      )
    for (const answer of answers) expect(answer).toEqual(answers[0])
  }
})
