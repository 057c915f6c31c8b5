import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { publishKeys } from '../../daemon/publish.ts'
import { sweepPromises } from '../../registry/promises.ts'
import { createFlows } from '../../web/flow/flows.ts'
import { activate, keyFor, passwords, settleAll } from '../run/acts.ts'
import { day, hour, minute } from '../run/moved-clock.ts'
import { enrolled, enrolment, freshNumber, person } from '../run/people.ts'
import { keyIn, lettersTo, nextMorning, openGuideStage, subjects, today } from './morning.ts'
import type { Stage } from '../run/stage.ts'

// « Création de l'identité numérique pour le primo-étudiant »

let stage: Stage
beforeAll(async () => {
  stage = await openGuideStage()
})
afterAll(() => stage[Symbol.asyncDispose]())
beforeEach(() => stage.afresh())

const addressOf = (number: string) => `p${number}@example.org`
const invitations = (number: string) => lettersTo(stage, addressOf(number), subjects.invitation)

/** The lines of the key feed, by student number. */
async function keyFeed(): Promise<Map<string, string[]>> {
  const keysPath = join(stage.folder, 'keys.csv')
  await publishKeys({ ...stage.rooms, rules: { ...stage.rooms.rules, keysPath } })
  const lines = (await readFile(keysPath, 'utf8')).trim().split('\n').slice(1)
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(';')), line.split(';')]))
}

/** What the database says of a student's promise of that kind. */
async function promise(number: string, kind: 'letter' | 'account' | 'password') {
  const row = await stage.rooms.registry.db
    .selectFrom('promise')
    .select(['started', 'due', 'kept', 'broken'])
    .where('number', '=', number)
    .where('kind', '=', kind)
    .orderBy('id')
    .executeTakeFirst()
  if (row === undefined) throw new Error(`no promise ${kind} for ${number}`)
  return row
}

test('numbers of 8 digits, and the older ones of 7, are taken as they are; the first digits decide nothing', async () => {
  const numbers = ['28712345', '21112345', '3512345', '00112345']
  await today(
    stage,
    numbers.map((number) => enrolled(number)),
  )
  await nextMorning(stage)
  for (const number of numbers) {
    expect(invitations(number)[0]?.text).toContain(`Numéro d'étudiant : ${number}\n`)
    expect(await activate(stage, number)).toMatchObject({ login: number })
  }
})

test.each([
  ['E', 'P', true],
  ['E', 'A', true],
  ['E', null, true],
  ['C', 'P', false],
  ['A', 'P', false],
  ['R', 'P', false],
] as const)('an enrolment in state %s, payment %s: is there a key? %s', async (state, payment, due) => {
  const number = freshNumber()
  await today(stage, [{ person: person(number), enrolments: [enrolment(number, { state, payment })] }])
  await nextMorning(stage)
  expect(invitations(number)).toHaveLength(due ? 1 : 0)
})

test('a first enrolment, in whatever faculty, brings one letter the next morning, and no second one', async () => {
  const students = ['LET', 'MED', 'SCI'].map((component) => {
    const number = freshNumber()
    // Enrolled twice at once: one key all the same.
    const steps = ['L1', 'DU'].map((step) => enrolment(number, { component, step }))
    return { person: person(number), enrolments: steps }
  })
  await today(stage, students)
  expect(stage.mail.received).toEqual([])
  await nextMorning(stage)
  await today(stage, students)
  await nextMorning(stage)
  for (const {
    person: { number },
  } of students) {
    expect(invitations(number)).toHaveLength(1)
    expect(await promise(number, 'letter')).toMatchObject({ kept: expect.any(Date) as Date, broken: false })
  }
})

test('the letter of the first enrolment is that of the specimen', async () => {
  const number = freshNumber()
  await today(stage, [enrolled(number)])
  await nextMorning(stage)
  const [letter] = invitations(number)
  expect(letter?.to).toEqual([addressOf(number)])
  expect(stage.rooms.rules.letters.sender).toContain('no_reply@sorbonne-universite.fr')
  for (const sentence of [
    'Vous êtes nouvellement inscrit.e à Sorbonne Université.',
    'https://compte.example.org/creation-motdepasse',
    "une clef d'activation composée de 12 caractères (chiffres et lettres)",
    `Numéro d'étudiant : ${number}`,
    "(Ces informations figureront également sur votre carte d'étudiant.)",
    'Il vous sera demandé de définir un mot de passe qui vous sera personnel',
    'vous pouvez contacter la scolarité de votre faculté',
    'Ceci est un mél automatique, veuillez ne pas y répondre.',
  ])
    expect(letter?.text).toContain(sentence)
  expect(keyIn(letter)).toBe(await keyFor(stage, number))
})

test('number and key open the account; the password chosen then opens the new directory and both older ones', async () => {
  const number = freshNumber()
  await today(stage, [enrolled(number)])
  await nextMorning(stage)
  const key = keyIn(invitations(number)[0]) ?? ''
  const activated = await createFlows(stage.house).activate({
    studentNumber: number,
    key,
    password: passwords.first,
    network: '192.0.2.1',
    idempotencyKey: null,
  })
  await settleAll(stage)
  expect(activated.mail).toMatch(/^ada_\w+\.lovelace@etu\.sorbonne-universite\.fr$/)
  expect(stage.directories.map(({ profile }) => profile.name)).toEqual(['primary', 'paris-sorbonne', 'upmc'])
  expect(await stage.bind(number, passwords.first)).toEqual([true, true, true])
})

test('the account is promised within 48 hours of the activation, and a promise that passes is counted as broken', async () => {
  const [early, late] = [freshNumber(), freshNumber()]
  await today(stage, [enrolled(early), enrolled(late)])
  await activate(stage, early)
  const kept = await promise(early, 'account')
  expect(kept.due.getTime() - kept.started.getTime()).toBe(48 * hour)
  expect(kept.kept).not.toBeNull()

  for (const directory of stage.directories) directory.wire.cut()
  await activate(stage, late).catch(() => undefined)
  stage.clock.move(2 * day + minute)
  const { registry } = stage.rooms
  await registry.transaction((tx) => sweepPromises(tx, stage.clock.now()))
  expect(await promise(late, 'account')).toMatchObject({ kept: null, broken: true })
})

test('a password is promised within one hour in each directory', async () => {
  const number = freshNumber()
  await today(stage, [enrolled(number)])
  await activate(stage, number)
  const { started, due, kept } = await promise(number, 'password')
  expect(due.getTime() - started.getTime()).toBe(hour)
  expect(kept).not.toBeNull()
})

test('enrolled on site without an address: no letter, and the key of card and certificate opens the account', async () => {
  const number = freshNumber()
  await today(stage, [enrolled(number, { fixedAddress: null })])
  await nextMorning(stage)
  expect(stage.mail.received).toEqual([])
  const [, key = '', version, state] = (await keyFeed()).get(number) ?? []
  expect([version, state]).toEqual(['1', 'attente'])
  const activated = await createFlows(stage.house).activate({
    studentNumber: number,
    key,
    password: passwords.first,
    network: '192.0.2.1',
    idempotencyKey: null,
  })
  expect(activated).toMatchObject({ login: number, personal_address: null })
})

test('the key that is mailed is the one on the card, and it is published until it is used', async () => {
  const number = freshNumber()
  await today(stage, [enrolled(number)])
  await nextMorning(stage)
  const key = keyIn(invitations(number)[0]) ?? ''
  expect((await keyFeed()).get(number)).toEqual([number, key, '1', 'attente', expect.any(String)])
  await activate(stage, number)
  expect((await keyFeed()).get(number)).toEqual([number, '', '1', 'utilisee', expect.any(String)])
})

test('a key serves once', async () => {
  const number = freshNumber()
  await today(stage, [enrolled(number)])
  const key = await keyFor(stage, number)
  await activate(stage, number)
  const again = createFlows(stage.house).activate({
    studentNumber: number,
    key,
    password: passwords.second,
    network: '192.0.2.1',
    idempotencyKey: null,
  })
  await expect(again).rejects.toMatchObject({ code: 'KEY_USED' })
  expect(await stage.bind(number, passwords.second)).toEqual([false, false, false])
})

test('the login is the student number, in every directory', async () => {
  const number = freshNumber()
  await today(stage, [enrolled(number)])
  expect(await activate(stage, number)).toMatchObject({ login: number })
  for (const directory of stage.directories)
    expect((await directory.entry(number))?.dn).toBe(`uid=${number},${directory.profile.base}`)
})

test('the institutional address is told to the personal one once the account exists everywhere', async () => {
  const number = freshNumber()
  await today(stage, [enrolled(number)])
  const { mail } = await activate(stage, number)
  await nextMorning(stage)
  const [letter] = lettersTo(stage, addressOf(number), subjects.ready)
  expect(letter?.text).toContain(mail)
  expect(letter?.text).toContain(number)
})
