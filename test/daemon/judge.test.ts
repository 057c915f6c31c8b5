import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { judge } from '../../daemon/judge.ts'
import { pass } from '../../daemon/pass.ts'
import { dueOf } from '../../domain/promise.ts'
import { keysOf } from '../../registry/keys.ts'
import { sweepPromises, promiseTally } from '../../registry/promises.ts'
import { studentOf } from '../../registry/students.ts'
import { createFlows } from '../../web/flow/flows.ts'
import { activate, approveAll, keyFor, passOver, passwords, post, settled } from '../run/acts.ts'
import { day, hour } from '../run/moved-clock.ts'
import { crowd, enrolled, enrolment, freshNumber, person } from '../run/people.ts'
import { openStage, type Stage } from '../run/stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage[Symbol.asyncDispose]())
beforeEach(() => stage.afresh())

const account = async (number: string) => (await studentOf(stage.rooms.registry.db, number))?.account
const letters = (number: string) =>
  stage.rooms.registry.db.selectFrom('letter').selectAll().where('number', '=', number).execute()
const cancelled = (records: readonly { person: { number: string } }[]) =>
  records.map(({ person: { number } }) => enrolled(number, { state: 'A' }))

describe('a loss of many rights at once', () => {
  test('is held, while activations go on and losses below the brakes go through', async () => {
    const many = crowd(30)
    await passOver(stage, many)
    const passed = await passOver(stage, cancelled(many.slice(0, 25)))
    expect(passed.judged.held.map(({ members }) => members)).toEqual([25])
    for (const { person: who } of many) expect((await account(who.number))?.right_kind).toBe('open')
    const number = many[0]?.person.number ?? ''
    await activate(stage, number)
    expect(await stage.bind(number, passwords.first)).toEqual([true, true, true])
  })

  test('once approved goes through for its members, and for nobody who joined since', async () => {
    const many = crowd(60)
    await passOver(stage, many)
    await passOver(stage, [...cancelled(many.slice(0, 25)), ...many.slice(25)])
    await approveAll(stage)
    // Another 25 join, and one member is enrolled again, before the approval is applied.
    const passed = await passOver(stage, [
      ...many.slice(0, 1),
      ...cancelled(many.slice(1, 50)),
      ...many.slice(50),
    ])
    const kinds = await Promise.all(many.map(async (each) => (await account(each.person.number))?.right_kind))
    expect(kinds.slice(0, 1)).toEqual(['open'])
    expect(new Set(kinds.slice(1, 25))).toEqual(new Set(['none']))
    expect(new Set(kinds.slice(25))).toEqual(new Set(['open']))
    expect(passed.judged.held.map(({ members }) => members)).toEqual([25])
  })

  test('that was approved once needs another approval when it happens again', async () => {
    const many = crowd(25)
    await passOver(stage, many)
    await passOver(stage, cancelled(many))
    await approveAll(stage)
    await pass(stage.rooms)
    await passOver(stage, many)
    const again = await passOver(stage, cancelled(many))
    expect(again.judged.held.map(({ members }) => members)).toEqual([25])
    const next = await pass(stage.rooms)
    expect(next.judged.held.map(({ members }) => members)).toEqual([25])
    for (const { person: who } of many) expect((await account(who.number))?.right_kind).toBe('open')
  })
})

describe('closing many accounts at once', () => {
  test('is held until a person agrees, while suspensions below the brakes were not', async () => {
    const many = crowd(60)
    await settled(stage, many)
    // Below the brake, day by day: nobody is asked.
    for (const from of [0, 20, 40]) {
      await passOver(stage, [...cancelled(many.slice(0, from + 20)), ...many.slice(from + 20)])
    }
    for (const { person: who } of many) expect((await account(who.number))?.state).toBe('suspended')
    // A quarter later all of them would be closed on one morning.
    stage.clock.move(91 * day)
    const passed = await pass(stage.rooms)
    expect(passed.judged.held.map(({ members }) => members)).toEqual([60])
    for (const { person: who } of many) expect((await account(who.number))?.state).toBe('suspended')
    await approveAll(stage)
    const next = await pass(stage.rooms)
    expect(next.judged.held).toEqual([])
    for (const { person: who } of many) expect((await account(who.number))?.state).toBe('closed')
  })
})

describe('a shared address', () => {
  const address = 'famille@example.org'

  test('gets one letter that names nobody, no key, and the keys as soon as it is unique', async () => {
    const [ada, grace] = [freshNumber(), freshNumber()]
    const shared = [
      enrolled(ada, { fixedAddress: address }),
      enrolled(grace, { fixedAddress: 'FAMILLE@example.org' }),
    ]
    await passOver(stage, shared)
    await post(stage)
    await pass(stage.rooms)
    await post(stage)
    expect(stage.mail.received.map(({ subject }) => subject)).toEqual([
      'Votre adresse électronique est partagée par plusieurs dossiers',
    ])
    const keys = [await keyFor(stage, ada), await keyFor(stage, grace)]
    for (const word of [ada, grace, ...keys, 'Lovelace', 'LOVELACE'])
      expect(stage.mail.received[0]?.text).not.toContain(word)
    const flows = createFlows(stage.house)
    await expect(
      flows.verifyKey({ studentNumber: ada, key: keys[0] ?? '', network: '192.0.2.1' }),
    ).rejects.toMatchObject({ code: 'ADDRESS_SHARED' })

    stage.clock.move(3 * day)
    const before = stage.clock.now()
    await passOver(stage, [
      enrolled(ada, { fixedAddress: address }),
      enrolled(grace, { fixedAddress: 'grace@example.org' }),
    ])
    await post(stage)
    expect(stage.mail.to(address).at(-1)?.text).toContain(keys[0])
    expect(stage.mail.to('grace@example.org').at(-1)?.text).toContain(keys[1])
    const promises = await stage.rooms.registry.db.selectFrom('promise').selectAll().execute()
    for (const promise of promises) expect(promise.started.getTime()).toBeGreaterThan(before.getTime())
    expect(promises).toHaveLength(2)
  })

  test('of somebody who left long ago blocks nobody', async () => {
    const [gone, here] = [freshNumber(), freshNumber()]
    await passOver(stage, [
      enrolled(gone, { fixedAddress: address, years: ['2021'] }),
      enrolled(here, { fixedAddress: address }),
    ])
    await post(stage)
    expect(stage.mail.to(address)[0]?.text).toContain(await keyFor(stage, here))
    await activate(stage, here)
    expect(await stage.bind(here, passwords.first)).toEqual([true, true, true])
  })

  test('blocks again as soon as the other comes back', async () => {
    const [gone, here] = [freshNumber(), freshNumber()]
    const first = [
      enrolled(gone, { fixedAddress: address, years: ['2021'] }),
      enrolled(here, { fixedAddress: address }),
    ]
    await passOver(stage, first)
    await passOver(stage, [
      enrolled(gone, { fixedAddress: address, years: ['2021', '2026'] }),
      enrolled(here, { fixedAddress: address }),
    ])
    await post(stage)
    const texts = stage.mail.to(address).map(({ text }) => text)
    expect(texts).toHaveLength(1)
    expect(texts[0]).not.toContain(await keyFor(stage, here))
  })
})

describe('the key', () => {
  test('of a right that sleeps wakes unchanged', async () => {
    const number = freshNumber()
    await passOver(stage, [enrolled(number)])
    const key = await keyFor(stage, number)
    await passOver(stage, [enrolled(number, { state: 'R' })])
    const flows = createFlows(stage.house)
    const typed = { studentNumber: number, key, network: '192.0.2.1' }
    await expect(flows.verifyKey(typed)).rejects.toMatchObject({ code: 'RIGHT_MISSING' })
    await passOver(stage, [enrolled(number)])
    expect(await keyFor(stage, number)).toBe(key)
    await expect(flows.verifyKey(typed)).resolves.toHaveProperty('context')
  })

  test('never used is mailed again for the next open year, once, and its promise starts then', async () => {
    const number = freshNumber()
    await passOver(stage, [enrolled(number)])
    await post(stage)
    const key = await keyFor(stage, number)
    stage.clock.set('2027-07-10T08:00:00.000Z')
    await stage.rooms.registry.transaction((tx) => sweepPromises(tx, stage.clock.now()))
    await stage.drop([enrolled(number, { years: ['2026', '2027'] })], { openYears: ['2026', '2027'] })
    await pass(stage.rooms)
    await approveAll(stage)
    for (let passes = 0; passes < 3; passes++) {
      await pass(stage.rooms)
      await post(stage)
    }
    const mailed = stage.mail.to(`p${number}@example.org`)
    expect(mailed).toHaveLength(2)
    expect(mailed[1]?.text).toContain(key)
    await stage.rooms.registry.transaction((tx) => sweepPromises(tx, stage.clock.now()))
    expect(await promiseTally(stage.rooms.registry.db)).toEqual([
      { kind: 'letter', target: '', result: 'kept', count: 2 },
    ])
  })

  test('is new after a year away, and the former password is gone for good', async () => {
    const number = freshNumber()
    stage.clock.set('2024-09-15T08:00:00.000Z')
    await stage.drop([enrolled(number, { years: ['2024'] })], { openYears: ['2024'] })
    await pass(stage.rooms)
    await activate(stage, number)
    const mail = (await account(number))?.mail

    stage.clock.set('2025-12-05T08:00:00.000Z')
    await pass(stage.rooms)
    expect(await account(number)).toMatchObject({ state: 'suspended', right_kind: 'none' })
    stage.clock.set('2026-01-10T08:00:00.000Z')
    await stage.drop([enrolled(number, { years: ['2024', '2026'] })], { openYears: ['2026'] })
    await pass(stage.rooms)
    await approveAll(stage)
    await pass(stage.rooms)
    const keys = await keysOf(stage.rooms.registry.db, number)
    expect(keys.map(({ version, state }) => [version, state])).toEqual([
      [2, 'waiting'],
      [1, 'used'],
    ])
    const kept = await stage.rooms.registry.db.selectFrom('verifier').selectAll().execute()
    expect(kept).toEqual([])
    expect(await stage.bind(number, passwords.first)).toEqual([false, false, false])
    await activate(stage, number, passwords.second)
    expect(await stage.bind(number, passwords.second)).toEqual([true, true, true])
    expect(await stage.bind(number, passwords.first)).toEqual([false, false, false])
    expect((await account(number))?.mail).toBe(mail)
  })

  test('is one for two enrolments, and so is the letter', async () => {
    const number = freshNumber()
    await passOver(stage, [
      {
        person: person(number),
        enrolments: [enrolment(number), enrolment(number, { step: 'DU2', main: false })],
      },
    ])
    await passOver(stage, [enrolled(number)])
    await post(stage)
    expect(stage.mail.to(`p${number}@example.org`)).toHaveLength(1)
    expect(await keysOf(stage.rooms.registry.db, number)).toHaveLength(1)
  })

  test('is mailed as soon as there is an address to mail it to', async () => {
    const number = freshNumber()
    await passOver(stage, [enrolled(number, { fixedAddress: null })])
    expect(await letters(number)).toEqual([])
    stage.clock.move(10 * day)
    const since = stage.clock.now()
    await passOver(stage, [enrolled(number)])
    await post(stage)
    expect(stage.mail.to(`p${number}@example.org`)).toHaveLength(1)
    const [promise] = await stage.rooms.registry.db.selectFrom('promise').selectAll().execute()
    expect(promise?.due).toEqual(dueOf('letter', promise?.started ?? since))
    expect(promise?.started.getTime()).toBeGreaterThan(since.getTime())
  })
})

test('the letter leaves the next morning at seven, Paris time, also over a change of clocks', async () => {
  const rooms = stage.under({ letters: { ...stage.rooms.rules.letters, sendAt: '07:00' } })
  for (const [seen, due] of [
    ['2026-09-15T20:00:00.000Z', '2026-09-16T05:00:00.000Z'],
    ['2026-10-24T10:00:00.000Z', '2026-10-25T06:00:00.000Z'],
    ['2027-03-27T22:30:00.000Z', '2027-03-28T05:00:00.000Z'],
  ] as const) {
    const number = freshNumber()
    stage.clock.set(seen)
    await stage.drop([enrolled(number)])
    await pass(rooms)
    expect((await letters(number)).map(({ due_at }) => due_at.toISOString())).toEqual([due])
  }
})

describe('without a right', () => {
  test('grace keeps sign-in and gives nothing new', async () => {
    const [active, invited] = [freshNumber(), freshNumber()]
    await passOver(stage, [enrolled(active), enrolled(invited)])
    await activate(stage, active)
    const key = await keyFor(stage, invited)
    stage.clock.set('2027-09-01T08:00:00.000Z')
    await pass(stage.rooms)
    expect((await account(active))?.right_kind).toBe('grace')
    expect(await stage.bind(active, passwords.first)).toEqual([true, true, true])
    expect((await stage.directory('primary').entry(active))?.['supannRessourceEtatDate']).toBe(
      '{COMPTE}A:SupannSursis::20271130',
    )
    const typed = { studentNumber: invited, key, network: '192.0.2.1' }
    await expect(createFlows(stage.house).verifyKey(typed)).rejects.toMatchObject({ code: 'RIGHT_MISSING' })
    stage.clock.set('2027-12-01T08:00:00.000Z')
    await pass(stage.rooms)
    expect(await stage.bind(active, passwords.first)).toEqual([false, false, false])
  })

  test('an account is suspended, closed after 90 days, purged after a year, and its address never given again', async () => {
    const [number, namesake] = [freshNumber(), freshNumber()]
    const other = enrolled(namesake, { firstName: person(number).firstName })
    const rooms = stage.under({ years: { ...stage.rooms.rules.years, open: ['2026'] } })
    await settled(stage, [enrolled(number)])
    const mail = (await account(number))?.mail
    const states: unknown[] = []
    await stage.drop([enrolled(number, { state: 'A' }), other])
    for (const wait of [0, 89 * day, day, 274 * day, day]) {
      stage.clock.move(wait + hour)
      await pass(rooms)
      states.push((await account(number))?.state)
    }
    expect(states).toEqual(['suspended', 'suspended', 'closed', 'closed', 'purged'])
    for (const directory of stage.directories) expect(await directory.entry(number)).toBeNull()
    const activated = await activate(stage, namesake)
    expect(activated.mail).toBe(mail?.replace('@', '.1@'))
  })
})

test('judging again decides nothing more', async () => {
  const all = [
    ...crowd(4),
    enrolled(freshNumber(), { fixedAddress: 'both@example.org' }),
    enrolled(freshNumber(), { fixedAddress: 'both@example.org' }),
    enrolled(freshNumber(), { state: 'A' }),
    enrolled(freshNumber(), { fixedAddress: 'not an address' }),
  ]
  await passOver(stage, all)
  await activate(stage, all[0]?.person.number ?? '')
  await pass(stage.rooms)
  const { db } = stage.rooms.registry
  const everything = async () => ({
    accounts: await db.selectFrom('account').selectAll().orderBy('number').execute(),
    keys: await db.selectFrom('activation_key').selectAll().orderBy('number').execute(),
    letters: await db.selectFrom('letter').selectAll().orderBy('id').execute(),
    promises: await db.selectFrom('promise').selectAll().orderBy('id').execute(),
    settlements: await db.selectFrom('settlement').select(['target', 'number', 'state', 'version']).execute(),
  })
  const before = await everything()
  expect((await judge(stage.rooms)).judged).toBe(0)
  await pass(stage.rooms)
  expect(await everything()).toEqual(before)
})
