import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { pass } from '../../daemon/pass.ts'
import { activate, approveAll, keyFor, passwords, settleAll } from '../run/acts.ts'
import { hour } from '../run/moved-clock.ts'
import { enrolled, freshNumber } from '../run/people.ts'
import type { Stage } from '../run/stage.ts'
import { keyIn, lettersTo, nextMorning, openGuideStage, subjects, today } from './morning.ts'

// « Cas d'un ancien étudiant se réinscrivant après une interruption d'études », « Cas d'un étudiant inscrit l'année
// dernière mais n'ayant pas créé son identité numérique », « Si l'étudiant n'a pas reçu le courriel »

let stage: Stage
beforeAll(async () => {
  stage = await openGuideStage()
})
afterAll(() => stage[Symbol.asyncDispose]())
beforeEach(() => stage.afresh())

const addressOf = (number: string) => `p${number}@example.org`
const invitations = (address: string) => lettersTo(stage, address, subjects.invitation)

/** September of a year, with the enrolments that the record has then. */
async function september(year: string, number: string, years: readonly string[], address?: string) {
  stage.clock.set(`${year}-09-15T06:00:00.000Z`)
  const facts = address === undefined ? {} : { fixedAddress: address }
  await stage.drop([enrolled(number, { years, ...facts })], { openYears: [year] })
  await pass(stage.rooms)
  await approveAll(stage)
  await pass(stage.rooms)
  await settleAll(stage)
}

test('back after a year without enrolment: the letter of the first time, a new key, the same login and address', async () => {
  const number = freshNumber()
  await september('2024', number, ['2024'])
  const { mail } = await activate(stage, number)
  await september('2025', number, ['2024'])
  stage.clock.set('2025-12-01T06:00:00.000Z')
  await pass(stage.rooms)
  await settleAll(stage)
  expect(await stage.bind(number, passwords.first)).toEqual([false, false, false])

  await september('2026', number, ['2024', '2026'])
  await nextMorning(stage)
  const letter = invitations(addressOf(number)).at(-1)
  expect(keyIn(letter)).toBe(await keyFor(stage, number))
  const again = await activate(stage, number, passwords.second)
  expect(again).toMatchObject({ login: number, mail })
  expect(await stage.bind(number, passwords.second)).toEqual([true, true, true])
  const { started, due } = await stage.rooms.registry.db
    .selectFrom('promise')
    .select(['started', 'due'])
    .where('number', '=', number)
    .where('kind', '=', 'account')
    .orderBy('id', 'desc')
    .executeTakeFirstOrThrow()
  expect(due.getTime() - started.getTime()).toBe(48 * hour)
})

test('enrolled last year and never activated: the key of the card still opens, and is mailed once more', async () => {
  const number = freshNumber()
  await september('2025', number, ['2025'])
  await nextMorning(stage)
  const onTheCard = await keyFor(stage, number)
  await september('2026', number, ['2025', '2026'])
  await nextMorning(stage)
  expect(invitations(addressOf(number)).map(keyIn)).toEqual([onTheCard, onTheCard])
  expect(await activate(stage, number)).toMatchObject({ login: number })
  expect(await stage.bind(number, passwords.first)).toEqual([true, true, true])
})

test('a letter that was refused: the corrected address gets the same key the next morning, and nobody need ask', async () => {
  const number = freshNumber()
  stage.mail.script(550)
  await today(stage, [enrolled(number, { fixedAddress: 'faute@example.org' })])
  await nextMorning(stage)
  expect(invitations('faute@example.org')).toEqual([])
  await today(stage, [enrolled(number)])
  await nextMorning(stage)
  expect(keyIn(invitations(addressOf(number))[0])).toBe(await keyFor(stage, number))
})

test('an address added after the enrolment makes the letter due the next morning', async () => {
  const number = freshNumber()
  await today(stage, [enrolled(number, { fixedAddress: null })])
  await nextMorning(stage)
  expect(stage.mail.received).toEqual([])
  await today(stage, [enrolled(number)])
  await nextMorning(stage)
  expect(invitations(addressOf(number))).toHaveLength(1)
})
