import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { explain } from '../../bin/explain.ts'
import { deliver } from '../../daemon/letter/deliver.ts'
import { createSmtpMailer } from '../../daemon/letter/mailer.ts'
import { judge } from '../../daemon/judge.ts'
import { pass } from '../../daemon/pass.ts'
import { read } from '../../daemon/read.ts'
import type { Rooms } from '../../daemon/rooms.ts'
import { startDaemon } from '../../daemon/schedule.ts'
import { loadSettings } from '../../platform/settings.ts'
import { promiseTally, sweepPromises } from '../../registry/promises.ts'
import { createFlows } from '../../web/flow/flows.ts'
import { activate, keyFor, passwords, post, tokenFor } from '../run/acts.ts'
import { answerRequests } from '../../daemon/letter/answer.ts'
import { eventually } from '../run/eventually.ts'
import { openRoughMailServer, type RoughMailServer } from '../run/mail-server.ts'
import { day, hour, minute } from '../run/moved-clock.ts'
import { enrolled, freshNumber } from '../run/people.ts'
import { openStage, type Stage } from '../run/stage.ts'

const settings = loadSettings({ env: {}, cwd: '/' })
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
  expect(stage.mail.received[0]?.text).toContain(
    'Faculté des Lettres : Lettres-SOFAS-APOGEE@sorbonne-universite.fr\n',
  )
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

/** What the helpdesk is told of a student. */
async function explained(number: string) {
  const { data } = await explain.run({ settings, rooms: stage.rooms, daemon: null }, { number })
  return data as { why: string; letters: { kind: string; state: string }[] }
}

/** Sends what is due now, and again after each of these waits. */
async function sendAfter(waits: readonly number[], rooms?: Rooms): Promise<void> {
  await send(rooms)
  for (const wait of waits) {
    stage.clock.move(wait)
    await send(rooms)
  }
}

describe('a mail server', () => {
  let rough: RoughMailServer
  let rooms: Rooms
  beforeEach(async () => {
    rough = await openRoughMailServer()
    const url = `smtp://matricule:secret@127.0.0.1:${rough.port}`
    const mailer = createSmtpMailer({ url, clock: stage.clock, connectMs: 500, letterMs: 500 })
    rooms = { ...stage.rooms, mailer }
  })
  afterEach(async () => {
    rooms.mailer.close()
    await rough.close()
  })

  test.each(
    [421, 450, 451].flatMap((code) => (['RCPT', 'DATA', 'text'] as const).map((step) => ({ code, step }))),
  )(
    'that puts a letter off at $step with $code is asked for a day, then the helpdesk is told',
    async ({ code, step }) => {
      const { number } = await invited()
      rough.misbehave(step, { say: `${code} 4.2.1 later` })
      await sendAfter([hour, 10 * hour, 12 * hour], rooms)
      expect(await explained(number)).toMatchObject({
        why: expect.stringContaining('est réessayé automatiquement') as string,
        letters: [{ kind: 'invitation', state: 'retrying' }],
      })
      await sendAfter([hour + minute], rooms)
      expect(await explained(number)).toMatchObject({
        why: expect.stringContaining('a été refusé par la messagerie') as string,
        letters: [{ kind: 'invitation', state: 'refused' }],
      })
      rough.misbehave(null)
      await sendAfter([hour, day], rooms)
      expect(rough.letters).toHaveLength(step === 'text' ? 5 : 0)
    },
  )

  test.each(['RCPT', 'DATA', 'text'] as const)(
    'that refuses a letter for good at %s is asked once, and the helpdesk is told',
    async (step) => {
      const { number } = await invited()
      rough.misbehave(step, { say: '550 5.1.1 nobody of that name' })
      await send(rooms)
      expect(await explained(number)).toMatchObject({
        why: expect.stringContaining('a été refusé par la messagerie') as string,
        letters: [{ kind: 'invitation', state: 'refused' }],
      })
      rough.misbehave(null)
      await sendAfter([hour, day], rooms)
      expect(rough.letters).toHaveLength(step === 'text' ? 1 : 0)
    },
  )

  test.each([
    ['greets with 554', 'greeting', { say: '554 5.3.2 no service here' }],
    ['greets with 421', 'greeting', { say: '421 4.3.2 too busy' }],
    ['says nothing', 'greeting', 'silence'],
    ['ends the connection at EHLO', 'EHLO', 'close'],
    ['refuses our credentials', 'AUTH', { say: '535 5.7.8 who are you' }],
    ['refuses our sender', 'MAIL', { say: '550 5.7.1 not from you' }],
  ] as const)('that %s for three days condemns no letter', async (_, step, conduct) => {
    const { number, address } = await invited()
    rough.misbehave(step, conduct)
    await sendAfter([day, day, day], rooms)
    expect((await letterOf(number)).state).toBe('retrying')
    rough.misbehave(null)
    await sendAfter([hour, hour, hour], rooms)
    expect(rough.letters.map(({ to }) => to)).toEqual([address])
    expect((await letterOf(number)).state).toBe('sent')
  })

  test('that was away for two days has a day from its first word', async () => {
    const { number, address } = await invited()
    rough.misbehave('greeting', 'close')
    await sendAfter([day, day], rooms)
    rough.misbehave('RCPT', { say: '451 4.7.1 greylisted, come back' })
    await sendAfter([hour], rooms)
    expect((await letterOf(number)).state).toBe('retrying')
    rough.misbehave(null)
    await sendAfter([hour], rooms)
    expect(rough.letters.map(({ to }) => to)).toEqual([address])
  })

  test('that never says whether it has a letter gets one copy for each attempt, all alike, for a day at most', async () => {
    const { number } = await invited()
    rough.misbehave('text', 'silence')
    await send(rooms)
    rough.misbehave('text', 'close')
    await sendAfter([hour, 10 * hour, 14 * hour, hour, hour], rooms)
    expect((await letterOf(number)).state).toBe('refused')
    expect(rough.letters).toHaveLength(4)
    expect(new Set(rough.letters.map(({ messageId }) => messageId)).size).toBe(1)
  })

  test('that stalls holds nothing else up, and nobody else sends what it may have', async () => {
    const { number, address } = await invited()
    const url = `smtp://127.0.0.1:${rough.port}`
    using stack = new DisposableStack()
    const mailer = createSmtpMailer({ url, clock: stage.clock, connectMs: 5_000, letterMs: 60_000 })
    stack.defer(() => mailer.close())
    const slow = { ...stage.rooms, mailer }
    rough.misbehave('text', 'silence')
    const daemon = startDaemon(slow, { passIntervalMs: 50 })
    try {
      await eventually('the letter', () => Promise.resolve(rough.letters.length === 1))
      // Passes go on, and so do nudges: whoever comes meanwhile is invited, activates and is settled.
      const other = freshNumber()
      await stage.drop([enrolled(number), enrolled(other)])
      await eventually('the key', () => keyFor(stage, other))
      const typed = { studentNumber: other, key: await keyFor(stage, other), network: '192.0.2.1' }
      const password = passwords.first
      await createFlows(stage.house).activate({ ...typed, password, idempotencyKey: null })
      await eventually('sign-in', async () => !(await stage.bind(other, password)).includes(false))
      // Another sender leaves the letter that is under way to whoever has taken it.
      stage.clock.move(minute)
      await send()
      expect(stage.mail.to(address)).toEqual([])
      expect(rough.letters.map(({ to }) => to)).toEqual([address])
    } finally {
      mailer.close()
      await daemon.stop()
    }
    stage.clock.move(hour)
    await send()
    expect(stage.mail.to(address)).toHaveLength(1)
  })

  test('that is slow gets no letter whose turn comes after its taking has run out', async () => {
    const others = Array.from({ length: 12 }, () => enrolled())
    await stage.drop(others)
    await pass(stage.rooms)
    let elapsed = 0
    // Each look at the clock is four seconds after the one before.
    const clock = { ...stage.clock, monotonic: () => (elapsed += 4_000) }
    await send({ ...stage.rooms, clock })
    const first = stage.mail.received.length
    expect(first).toBeGreaterThan(0)
    expect(first).toBeLessThan(12)
    await send()
    const copies = stage.mail.received.map(({ to }) => to[0])
    expect(copies.sort()).toEqual(others.map(({ person }) => person.fixedAddress).sort())
  })
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

  /** What the newest letter carries, in clear. */
  const tokenOf = async (number: string) =>
    stage.rooms.ring.unseal('token', (await letterOf(number, 'reset')).sealed ?? '')
  const verify = (token: string) => createFlows(stage.house).verifyToken({ token, network: '192.0.2.1' })

  test('that could not leave within the hour is dropped, and nothing of it is kept or opens', async () => {
    const { number } = await asked()
    stage.mail.script(451)
    await send()
    expect((await letterOf(number, 'reset')).sealed).not.toBeNull()
    const token = await tokenOf(number)
    stage.clock.move(hour)
    await send()
    expect(stage.mail.received).toEqual([])
    expect(await letterOf(number, 'reset')).toMatchObject({
      state: 'cancelled',
      reason: 'TOO_LATE',
      sealed: null,
    })
    await expect(verify(token)).rejects.toMatchObject({ code: 'TOKEN_REFUSED' })
  })

  test('that the server refuses for good opens nothing, and another can be asked for', async () => {
    const { number, address } = await asked()
    const token = await tokenOf(number)
    stage.mail.script(550)
    await send()
    expect(await letterOf(number, 'reset')).toMatchObject({ state: 'refused', sealed: null })
    await expect(verify(token)).rejects.toMatchObject({ code: 'TOKEN_REFUSED' })
    await expect(verify(await tokenFor(stage, address))).resolves.toHaveProperty('context')
  })

  test('whose letter may have arrived, or not, opens for whoever has it', async () => {
    const { number, address } = await asked()
    const token = await tokenOf(number)
    stage.mail.script('drop')
    await send()
    await expect(verify(token)).resolves.toHaveProperty('context')
    stage.clock.move(10 * minute)
    await send()
    const links = stage.mail.to(address).map(({ text }) => text.includes(token))
    expect(links).toEqual([true, true])
  })

  test('that was dropped leaves a newer one alone', async () => {
    const { number, address } = await asked()
    stage.mail.script(451)
    await send()
    stage.clock.move(hour)
    const { rooms } = stage
    const { registry } = rooms
    // The newer one is asked for between the look at the clock and the end of the older.
    const newer = { token: '' }
    const meanwhile: Rooms = {
      ...rooms,
      registry: {
        ...registry,
        async transaction(act) {
          if (newer.token === '') {
            newer.token = 'asked for'
            await createFlows(stage.house).requestReset({ email: address, network: '192.0.2.1' })
            await answerRequests(rooms, 10)
            newer.token = await tokenOf(number)
          }
          return registry.transaction(act)
        },
      },
    }
    await send(meanwhile)
    await expect(verify(newer.token)).resolves.toHaveProperty('context')
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
