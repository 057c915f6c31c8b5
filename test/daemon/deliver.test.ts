import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { deliver } from '../../daemon/letter/deliver.ts'
import { judge } from '../../daemon/judge.ts'
import { pass } from '../../daemon/pass.ts'
import { read } from '../../daemon/read.ts'
import type { Rooms } from '../../daemon/rooms.ts'
import { promiseTally, sweepPromises } from '../../registry/promises.ts'
import { createFlows } from '../../web/flow/flows.ts'
import { activate, keyFor, passwords, post } from '../run/acts.ts'
import { answerRequests } from '../../daemon/letter/answer.ts'
import { day, hour, minute } from '../run/moved-clock.ts'
import { enrolled, freshNumber } from '../run/people.ts'
import { openStage, type Stage } from '../run/stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage[Symbol.asyncDispose]())
beforeEach(() => stage.afresh())

/** Somebody whose invitation is due. */
async function invited(): Promise<{ number: string; address: string }> {
  const number = freshNumber()
  await stage.drop([enrolled(number)])
  await pass(stage.rooms)
  return { number, address: `p${number}@example.org` }
}

const send = (rooms: Rooms = stage.rooms) => deliver(rooms, 100)
const letterOf = (number: string, kind: 'invitation' | 'reset' = 'invitation') =>
  stage.rooms.registry.db
    .selectFrom('letter')
    .selectAll()
    .where('number', '=', number)
    .where('kind', '=', kind)
    .orderBy('created_at', 'desc')
    .executeTakeFirstOrThrow()

test('an invitation goes to the stored address alone, says the key once, and its promise is kept', async () => {
  const { number, address } = await invited()
  await send()
  expect(stage.mail.received).toHaveLength(1)
  expect(stage.mail.received[0]?.to).toEqual([address])
  expect(stage.mail.received[0]?.text).toContain(`Clef d'activation : ${await keyFor(stage, number)}\n`)
  expect(await letterOf(number)).toMatchObject({ state: 'sent', address })
  expect(await promiseTally(stage.rooms.registry.db)).toEqual([
    { kind: 'letter', target: '', result: 'kept', count: 1 },
  ])
  expect(await send()).toBe(0)
})

test.each([421, 450, 451])(
  'a letter that the server puts off with %i is tried again, and sent once',
  async (code) => {
    const { number, address } = await invited()
    stage.mail.script(code, code)
    await send()
    expect(await letterOf(number)).toMatchObject({ state: 'retrying', reason: 'LETTER_UNDELIVERED' })
    expect(await send()).toBe(0)
    for (let tries = 0; tries < 3; tries++) {
      stage.clock.move(15 * minute)
      await send()
    }
    expect(stage.mail.to(address)).toHaveLength(1)
    expect((await letterOf(number)).state).toBe('sent')
  },
)

test('a letter refused for good is not tried again, and its promise is broken once', async () => {
  const { number, address } = await invited()
  stage.mail.script(550)
  await send()
  expect(await letterOf(number)).toMatchObject({ state: 'refused', reason: 'LETTER_REFUSED' })
  for (let days = 0; days < 3; days++) {
    stage.clock.move(day)
    expect(await send()).toBe(0)
    await stage.rooms.registry.transaction((tx) => sweepPromises(tx, stage.clock.now()))
  }
  expect(stage.mail.to(address)).toEqual([])
  expect(await promiseTally(stage.rooms.registry.db)).toEqual([
    { kind: 'letter', target: '', result: 'broken', count: 1 },
  ])
})

test('a connection that ends before the answer brings one more copy at most, known by its Message-ID', async () => {
  const { number, address } = await invited()
  stage.mail.script('drop')
  for (let tries = 0; tries < 4; tries++) {
    await send()
    stage.clock.move(15 * minute)
  }
  const copies = stage.mail.to(address)
  expect(copies).toHaveLength(2)
  expect(new Set(copies.map(({ messageId }) => messageId)).size).toBe(1)
  expect((await letterOf(number)).state).toBe('sent')
})

test('credentials that the server refuses condemn no letter', async () => {
  const { number, address } = await invited()
  stage.mail.turnAway(535)
  await send()
  expect((await letterOf(number)).state).toBe('retrying')
  stage.mail.turnAway(null)
  stage.clock.move(15 * minute)
  await send()
  expect(stage.mail.to(address)).toHaveLength(1)
})

test('a letter put off for a day and more is given up', async () => {
  const { number } = await invited()
  for (let tries = 0; tries < 40; tries++) {
    stage.mail.script(451)
    await send()
    stage.clock.move(hour)
  }
  expect((await letterOf(number)).state).toBe('refused')
  stage.mail.script()
  expect(await send()).toBe(0)
})

test('a house that only observes sends nothing', async () => {
  await invited()
  const observing = stage.under({ letters: { ...stage.rooms.rules.letters, mode: 'observe' } })
  expect(await send(observing)).toBe(0)
  expect(stage.mail.received).toEqual([])
})

test('a key is not mailed to whoever has lost the right since the letter was written', async () => {
  const { number } = await invited()
  await stage.drop([enrolled(number, { state: 'A' })])
  await read(stage.rooms)
  await judge(stage.rooms)
  await send()
  expect(stage.mail.received).toEqual([])
  expect((await letterOf(number)).state).toBe('withheld')
  await stage.drop([enrolled(number)])
  await read(stage.rooms)
  await judge(stage.rooms)
  await send()
  expect(stage.mail.received).toHaveLength(1)
})

test('a key goes to the address on record when it leaves, not to the one on record when it was written', async () => {
  const { number, address } = await invited()
  await stage.drop([enrolled(number, { annualAddress: 'ada.new@example.net' })])
  await read(stage.rooms)
  await send()
  expect(stage.mail.to(address)).toEqual([])
  expect(stage.mail.to('ada.new@example.net')).toHaveLength(1)
})

describe('a link', () => {
  async function asked(): Promise<{ number: string; address: string }> {
    const student = await invited()
    await activate(stage, student.number)
    await post(stage)
    stage.mail.received.length = 0
    await createFlows(stage.house).requestReset({ email: student.address, network: '192.0.2.1' })
    await answerRequests(stage.rooms, 10)
    return student
  }

  test('that could not leave within the hour is dropped, and nothing of it is kept', async () => {
    const { number } = await asked()
    stage.mail.script(451)
    await send()
    expect((await letterOf(number, 'reset')).sealed).not.toBeNull()
    stage.clock.move(hour)
    await send()
    expect(stage.mail.received).toEqual([])
    expect(await letterOf(number, 'reset')).toMatchObject({
      state: 'cancelled',
      reason: 'TOO_LATE',
      sealed: null,
    })
  })

  test('that was voided while it was put off is never mailed', async () => {
    const { number, address } = await asked()
    const { registry } = stage.rooms
    const slow: Rooms = {
      ...stage.rooms,
      mailer: {
        ...stage.rooms.mailer,
        async send(mail) {
          // Another link is asked for while this one is on its way.
          await createFlows(stage.house).requestReset({ email: address, network: '192.0.2.1' })
          await answerRequests(stage.rooms, 10)
          stage.mail.script(451)
          await stage.rooms.mailer.send(mail)
        },
      },
    }
    await send(slow)
    for (let tries = 0; tries < 3; tries++) {
      stage.clock.move(10 * minute)
      await send()
    }
    const links = stage.mail.to(address).map(({ text }) => /token=(\S*)/.exec(text)?.[1])
    expect(links).toHaveLength(1)
    expect(links[0]).toHaveLength(30)
    const states = await registry.db
      .selectFrom('letter')
      .select(['state', 'sealed'])
      .where('number', '=', number)
      .where('kind', '=', 'reset')
      .orderBy('created_at')
      .execute()
    expect(states).toEqual([
      { state: 'cancelled', sealed: null },
      { state: 'sent', sealed: null },
    ])
  })

  test('is not mailed to an address that has come to be shared', async () => {
    const { number, address } = await asked()
    await stage.drop([enrolled(number), enrolled(freshNumber(), { fixedAddress: address })])
    await read(stage.rooms)
    await judge(stage.rooms)
    await send()
    expect(stage.mail.to(address).map(({ text }) => text.includes('reinitmdp-token'))).toEqual([false])
  })
})

test('letters that somebody waits for leave before those of the morning', async () => {
  const first = await invited()
  await activate(stage, first.number, passwords.first)
  await post(stage)
  stage.mail.received.length = 0
  const others = Array.from({ length: 5 }, () => enrolled())
  await stage.drop([enrolled(first.number), ...others])
  await read(stage.rooms)
  await judge(stage.rooms)
  await createFlows(stage.house).requestReset({ email: first.address, network: '192.0.2.1' })
  await answerRequests(stage.rooms, 10)
  await deliver(stage.rooms, 1)
  expect(stage.mail.received.map(({ to }) => to)).toEqual([[first.address]])
})
