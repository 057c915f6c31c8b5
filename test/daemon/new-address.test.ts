import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Desk } from '../../bin/desk.ts'
import { newAddress } from '../../bin/new-address.ts'
import { loadSettings } from '../../platform/settings.ts'
import { activate, passOver, post, settleAll, settled } from '../run/acts.ts'
import { enrolled, freshNumber } from '../run/people.ts'
import { openStage, type Stage } from '../run/stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage[Symbol.asyncDispose]())
beforeEach(() => stage.afresh())

const desk = (): Desk => ({ settings: loadSettings({ env: {} }), rooms: stage.rooms, daemon: null })
const give = (number: string) => newAddress.run(desk(), { number })
const domain = 'etu.sorbonne-universite.fr'
const named = (number: string, birthName: string, usageName: string | null = null) =>
  enrolled(number, { firstName: 'ADA', birthName, usageName })
const entry = (number: string) => stage.directory('primary').entry(number)

test('a new name changes cn and displayName at the next pass, and the address not at all', async () => {
  const number = freshNumber()
  await settled(stage, [named(number, 'BYRON')])
  await passOver(stage, [named(number, 'BYRON', 'LOVELACE')])
  await settleAll(stage)
  expect(await entry(number)).toMatchObject({
    cn: 'LOVELACE Ada',
    sn: 'Lovelace',
    displayName: 'Ada Lovelace',
    mail: `ada.byron@${domain}`,
  })
})

test('the address follows by a person’s act alone, and the former one stays an alias for ever', async () => {
  const number = freshNumber()
  await settled(stage, [named(number, 'BYRON')])
  await passOver(stage, [named(number, 'BYRON', 'LOVELACE')])
  expect((await give(number)).data).toMatchObject({
    mail: `ada.lovelace@${domain}`,
    former: `ada.byron@${domain}`,
    changed: true,
    settled: ['primary', 'paris-sorbonne', 'upmc'],
  })
  expect(await entry(number)).toMatchObject({
    mail: `ada.lovelace@${domain}`,
    supannAutreMail: `ada.byron@${domain}`,
  })
  await post(stage)
  const letters = stage.mail.to(`p${number}@example.org`)
  const letter = letters.find(({ subject }) => subject.startsWith('Votre nouvelle adresse électronique'))
  expect(letter?.text).toContain(`ada.lovelace@${domain}`)

  // Somebody else of the former name gets another one.
  const other = freshNumber()
  await passOver(stage, [named(number, 'BYRON', 'LOVELACE'), named(other, 'BYRON')])
  expect((await activate(stage, other)).mail).toBe(`ada.byron.1@${domain}`)
})

test('an address that fits the name is kept, and a name taken up again has its own address again', async () => {
  const number = freshNumber()
  await settled(stage, [named(number, 'BYRON')])
  expect((await give(number)).data).toMatchObject({ mail: `ada.byron@${domain}`, changed: false })
  await passOver(stage, [named(number, 'BYRON', 'LOVELACE')])
  await give(number)
  await passOver(stage, [named(number, 'BYRON')])
  expect((await give(number)).data).toMatchObject({
    mail: `ada.byron@${domain}`,
    former: `ada.lovelace@${domain}`,
  })
  expect(await entry(number)).toMatchObject({ supannAutreMail: `ada.lovelace@${domain}` })
})

test('who has no account, or is unknown, gets none', async () => {
  const number = freshNumber()
  await passOver(stage, [named(number, 'BYRON')])
  await expect(give(number)).rejects.toMatchObject({ code: 'ACCOUNT_MISSING' })
  await expect(give('21999999')).rejects.toMatchObject({ code: 'STUDENT_UNKNOWN' })
})
