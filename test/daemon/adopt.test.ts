import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { adopt as command } from '../../bin/adopt.ts'
import type { Desk } from '../../bin/desk.ts'
import { adopt, type TakenOver } from '../../daemon/adopt.ts'
import { pass } from '../../daemon/pass.ts'
import { systemChance } from '../../platform/chance.ts'
import { loadSettings } from '../../platform/settings.ts'
import { createVerifiers } from '../../platform/verifier.ts'
import { waitingHolds } from '../../registry/holds.ts'
import { keysOf } from '../../registry/keys.ts'
import { unsettle } from '../../registry/settlements.ts'
import { studentOf } from '../../registry/students.ts'
import { createFlows } from '../../web/flow/flows.ts'
import {
  approveAll,
  passOver,
  passwords,
  post,
  settleAll,
  settled,
  standings,
  tokenFor,
} from '../run/acts.ts'
import { hour } from '../run/moved-clock.ts'
import { enrolled, freshNumber, person } from '../run/people.ts'
import { openStage, type Stage } from '../run/stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage[Symbol.asyncDispose]())
beforeEach(() => stage.afresh())

const domain = 'etu.sorbonne-universite.fr'
const verifiers = createVerifiers({
  schemes: ['ssha'],
  chance: systemChance,
  argon2: { memory_kib: 8_192, passes: 1, lanes: 1 },
})

/** An entry that stood there before us, with a password of its own in each directory. */
async function standing(
  target: string,
  number: string,
  facts: Record<string, string[]> = {},
): Promise<string> {
  const directory = stage.directory(target)
  const { firstName, birthName } = person(number)
  const password = `avant-nous-${target}-${number}`
  const { ssha } = await verifiers.make(password)
  await directory.add(`uid=${number},${directory.profile.base}`, {
    objectClass: target === 'primary' ? ['inetOrgPerson', 'supannPerson'] : ['inetOrgPerson'],
    uid: [number],
    cn: [`${String(firstName)} ${birthName}`],
    sn: [birthName],
    givenName: [String(firstName)],
    userPassword: [ssha ?? ''],
    ...facts,
  })
  return password
}

const account = async (number: string) => (await studentOf(stage.rooms.registry.db, number))?.account
const takeOver = (dryRun = false): Promise<TakenOver> => adopt(stage.rooms, { dryRun })
const subjects = (number: string) => stage.mail.to(`p${number}@example.org`).map(({ subject }) => subject)

test('who stands there already is active, with the same passwords, address and aliases, and gets neither key nor letter', async () => {
  const [number, newcomer] = [freshNumber(), freshNumber()]
  const old = {
    primary: await standing('primary', number, {
      mail: [`ada.byron@${domain}`],
      supannAutreMail: [`a.byron@${domain}`],
    }),
    upmc: await standing('upmc', number),
  }
  await passOver(stage, [enrolled(number), enrolled(newcomer)])
  stage.clock.move(26 * hour)
  await post(stage)
  expect(stage.mail.received).toEqual([])

  expect(await takeOver(true)).toMatchObject({ adopted: 1, verifiers: 2, conflicts: [] })
  expect(await account(number)).toMatchObject({ state: 'invited', mail: null })

  expect(await takeOver()).toMatchObject({
    adopted: 1,
    entries: { primary: 1, 'paris-sorbonne': 0, upmc: 1 },
    conflicts: [],
  })
  expect(await account(number)).toMatchObject({ state: 'active', mail: `ada.byron@${domain}` })
  await pass(stage.rooms)
  await settleAll(stage)
  await post(stage)
  expect(await keysOf(stage.rooms.registry.db, number)).toEqual([])
  expect(subjects(number)).toEqual([])
  expect(subjects(newcomer)).toEqual(['Activation de votre compte à Sorbonne Université.'])
  expect(await standings(stage, number)).toEqual(['settled', 'settled', 'settled'])
  expect(await stage.bind(number, old.primary)).toEqual([true, false, false])
  expect(await stage.bind(number, old.upmc)).toEqual([false, false, true])
  expect(await stage.directory('primary').entry(number)).toMatchObject({
    mail: `ada.byron@${domain}`,
    supannAutreMail: `a.byron@${domain}`,
    supannRessourceEtatDate: '{COMPTE}A:SupannActif::',
  })

  // A password chosen now is the only one, everywhere.
  const token = await tokenFor(stage, `p${number}@example.org`)
  await createFlows(stage.house).reset({ token, password: passwords.first, network: '192.0.2.1' })
  await settleAll(stage)
  expect(await stage.bind(number, passwords.first)).toEqual([true, true, true])
  expect(await stage.bind(number, old.primary)).toEqual([false, false, false])
})

test('an entry under a name of another kind is renamed, and loses nothing of it that is not ours', async () => {
  const number = freshNumber()
  const { firstName, birthName } = person(number)
  const facts = {
    objectClass: ['inetOrgPerson'],
    uid: [number],
    cn: ['Ada'],
    sn: [birthName],
    givenName: [String(firstName)],
  }
  const [upmc, older] = [stage.directory('upmc'), stage.directory('paris-sorbonne')]
  await upmc.add(`cn=Ada,${upmc.profile.base}`, facts)
  await older.add(`roomNumber=42,${older.profile.base}`, { ...facts, roomNumber: ['42'] })
  await passOver(stage, [enrolled(number)])
  expect(await takeOver()).toMatchObject({ entries: { upmc: 1, 'paris-sorbonne': 1 } })
  await pass(stage.rooms)
  expect(await standings(stage, number)).toEqual(['settled', 'settled', 'settled'])
  expect((await upmc.entry(number))?.dn).toBe(`uid=${number},${upmc.profile.base}`)
  expect(await older.entry(number)).toMatchObject({
    dn: `uid=${number},${older.profile.base}`,
    roomNumber: '42',
  })
})

test('a password that is no text is left to the directory, until the student chooses one', async () => {
  const number = freshNumber()
  const odd = Buffer.from([0x7b, 0x58, 0x7d, 0xe9, 0xff, 0x41])
  await standing('upmc', number)
  await stage.directory('upmc').modify(number, { userPassword: [odd] })
  await passOver(stage, [enrolled(number)])
  expect(await takeOver()).toMatchObject({ adopted: 1, verifiers: 0 })
  await settleAll(stage)
  expect(await standings(stage, number)).toEqual(['settled', 'settled', 'settled'])
  const token = await tokenFor(stage, `p${number}@example.org`)
  await createFlows(stage.house).reset({ token, password: passwords.first, network: '192.0.2.1' })
  await settleAll(stage)
  expect(await stage.bind(number, passwords.first)).toEqual([true, true, true])
})

test('of several addresses all stay the student’s', async () => {
  const number = freshNumber()
  const both = [`ada.un@${domain}`, `ada.deux@${domain}`]
  await standing('primary', number, { mail: both })
  await passOver(stage, [enrolled(number)])
  await takeOver()
  await pass(stage.rooms)
  const entry = await stage.directory('primary').entry(number)
  expect(new Set([entry?.['mail'], entry?.['supannAutreMail']])).toEqual(new Set(both))
})

test('entries that came back under other identifiers, as from a backup, are taken over again', async () => {
  const number = freshNumber()
  await settled(stage, [enrolled(number)])
  const { base } = stage.directory('upmc').profile
  await stage.directory('upmc').remove(`uid=${number},${base}`)
  await standing('upmc', number)
  await stage.rooms.registry.transaction((tx) => unsettle(tx, [number], stage.clock.now()))
  await settleAll(stage)
  expect(await standings(stage, number)).toEqual(['settled', 'settled', 'held'])
  expect(await takeOver()).toMatchObject({ adopted: 1, conflicts: [] })
  await settleAll(stage)
  expect(await standings(stage, number)).toEqual(['settled', 'settled', 'settled'])
  expect(await stage.bind(number, passwords.first)).toEqual([true, true, true])
})

test('a namesake of an entry of ours is not taken for it', async () => {
  const number = freshNumber()
  await settled(stage, [enrolled(number)])
  const { base } = stage.directory('upmc').profile
  const { firstName, birthName } = person(number)
  await stage.directory('upmc').add(`cn=Double,${base}`, {
    objectClass: ['inetOrgPerson'],
    uid: [number],
    cn: ['Double'],
    sn: [birthName],
    givenName: [String(firstName)],
  })
  expect(await takeOver()).toMatchObject({
    adopted: 0,
    conflicts: [{ number, target: 'upmc', reason: 'SEVERAL' }],
  })
})

describe('a conflict, listed and untouched:', () => {
  test('the same number, and neither INE nor birth date nor name', async () => {
    const number = freshNumber()
    const password = await standing('upmc', number, {
      sn: ['Hopper'],
      givenName: ['Grace'],
      cn: ['Grace Hopper'],
    })
    const before = await stage.directory('upmc').entry(number)
    await passOver(stage, [enrolled(number)])
    expect(await takeOver()).toMatchObject({
      adopted: 0,
      conflicts: [{ number, target: 'upmc', reason: 'NOBODY_ALIKE' }],
    })
    await pass(stage.rooms)
    expect(await stage.directory('upmc').entry(number)).toEqual(before)
    expect(await stage.bind(number, password)).toEqual([false, false, true])
    expect((await account(number))?.state).toBe('invited')
  })

  test('two entries of one directory with the same number', async () => {
    const number = freshNumber()
    await standing('upmc', number)
    const { base } = stage.directory('upmc').profile
    await stage.directory('upmc').add(`cn=other,${base}`, {
      objectClass: ['inetOrgPerson'],
      cn: ['other'],
      uid: [number],
      sn: [person(number).birthName],
      givenName: [String(person(number).firstName)],
    })
    await passOver(stage, [enrolled(number)])
    expect(await takeOver()).toMatchObject({
      adopted: 0,
      conflicts: [{ number, target: 'upmc', reason: 'SEVERAL' }],
    })
  })

  test('an address that is somebody else’s already', async () => {
    const [one, other] = [freshNumber(), freshNumber()]
    await standing('primary', one, { mail: [`same@${domain}`] })
    await standing('primary', other, { mail: [`same@${domain}`] })
    await passOver(stage, [enrolled(one), enrolled(other)])
    const { adopted, conflicts } = await takeOver()
    expect(adopted).toBe(1)
    expect(conflicts).toMatchObject([{ target: 'primary', reason: 'MAIL_TAKEN' }])
  })
})

test('an entry whose number the record does not know is nobody’s business', async () => {
  const [known, other] = [freshNumber(), freshNumber()]
  await standing('primary', other)
  const before = await stage.directory('primary').entry(other)
  await passOver(stage, [enrolled(known)])
  expect(await takeOver()).toMatchObject({ adopted: 0, unknown: { primary: 1 } })
  await pass(stage.rooms)
  expect(await stage.directory('primary').entry(other)).toEqual(before)
})

test('who has an account and no right any more keeps it until the brakes let it go', async () => {
  const numbers = Array.from({ length: 30 }, () => freshNumber())
  const old = new Map<string, string>()
  for (const number of numbers) old.set(number, await standing('primary', number))
  await passOver(stage, [enrolled(), ...numbers.map((number) => enrolled(number, { years: ['2023'] }))])
  expect((await takeOver()).adopted).toBe(30)
  await pass(stage.rooms)
  await settleAll(stage)
  const [first = ''] = numbers
  expect(await account(first)).toMatchObject({ state: 'active' })
  expect(await stage.bind(first, old.get(first) ?? '')).toEqual([true, false, false])
  expect(await waitingHolds(stage.rooms.registry.db)).toMatchObject([{ kind: 'losses' }])
  await approveAll(stage)
  await pass(stage.rooms)
  await settleAll(stage)
  expect(await account(first)).toMatchObject({ state: 'suspended' })
  expect(await stage.bind(first, old.get(first) ?? '')).toEqual([false, false, false])
})

test('the command says what it would do, and does it once', async () => {
  const number = freshNumber()
  await standing('primary', number)
  await stage.drop([enrolled(number)])
  const desk: Desk = { settings: loadSettings({ env: {} }), rooms: stage.rooms, daemon: null }
  expect((await command.run(desk, { dryRun: true })).text).toMatch(/^1 students would be taken over/)
  expect((await command.run(desk, {})).text).toMatch(
    /^1 students are taken over, with 1 passwords as they are/,
  )
  expect((await command.run(desk, {})).data).toMatchObject({ adopted: 0, conflicts: [] })
})
