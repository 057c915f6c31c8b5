import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createFlows } from '../../web/flow/flows.ts'
import { activate, keyFor, passwords, post, settleAll, settled, tokenFor } from '../run/acts.ts'
import { hour } from '../run/moved-clock.ts'
import { runMatricule } from '../run/matricule.ts'
import { enrolled, freshNumber } from '../run/people.ts'
import type { Stage } from '../run/stage.ts'
import { api, appOver } from '../web/app-fixture.ts'
import { keyIn, lettersTo, nextMorning, openGuideStage, subjects, today } from './morning.ts'

// « Changement de mot de passe par un étudiant ayant déjà son identité numérique »

let stage: Stage
beforeAll(async () => {
  stage = await openGuideStage()
})
afterAll(() => stage[Symbol.asyncDispose]())
beforeEach(() => stage.afresh())

const addressOf = (number: string) => `p${number}@example.org`
const flows = () => createFlows(stage.house)
const network = '192.0.2.1'
const ask = async (email: string) => {
  await flows().requestReset({ email, network })
  await post(stage)
}
const links = (address: string) => lettersTo(stage, address, subjects.reset)

/** As much of an OpenAPI document as is read here. */
interface OpenApi {
  paths: Record<
    string,
    { post?: { requestBody?: { content: Record<string, { schema: { properties?: object } }> } } }
  >
}

test('with an enrolment of the year, paid or not, the personal address is enough to choose a new password', async () => {
  const student = enrolled()
  const { number } = student.person
  await settled(stage, [student])
  const token = await tokenFor(stage, addressOf(number))
  await flows().reset({ token, password: passwords.second, network })
  await settleAll(stage)
  expect(await stage.bind(number, passwords.second)).toEqual([true, true, true])
  expect(await stage.bind(number, passwords.first)).toEqual([false, false, false])
})

test('the letter of the link is that of the specimen', async () => {
  const student = enrolled()
  await settled(stage, [student])
  await ask(addressOf(student.person.number))
  const [letter] = links(addressOf(student.person.number))
  for (const sentence of [
    'Bonjour,',
    'Voici le lien qui vous permet de réinitialiser votre mot de passe.',
    'Ce lien a une durée de validité de 12 heures.',
    "Si vous n'êtes pas à l'origine de cette démarche, merci d'ignorer ce message.",
    'Cordialement.',
    'Sorbonne Université.',
  ])
    expect(letter?.text).toContain(sentence)
  expect(letter?.text).toMatch(
    /^https:\/\/compte\.example\.org\/creation-motdepasse\/#\/reinitmdp-token\?token=[0-9A-Za-z]{30}$/m,
  )
})

test('only the personal address in the record gets a link; an institutional one is refused', async () => {
  const student = enrolled()
  await settled(stage, [student])
  await post(stage)
  const before = stage.mail.received.length
  await ask('somebody.else@example.org')
  expect(stage.mail.received).toHaveLength(before)
  await using page = await appOver()
  const refused = await page.post('/reset-requests', { email: 'ada@etu.sorbonne-universite.fr' })
  expect([refused.statusCode, refused.json()]).toMatchObject([400, { code: 'ADDRESS_INSTITUTIONAL' }])
  expect(page.told.calls).toEqual([])
})

test('a link opens for 12 hours, and not a second longer', async () => {
  const student = enrolled()
  const address = addressOf(student.person.number)
  await settled(stage, [student])
  const asked = stage.clock.now().getTime()
  const token = await tokenFor(stage, address)
  const at = (ms: number) => stage.clock.set(new Date(asked + ms).toISOString())
  at(12 * hour - 1_000)
  expect(await flows().verifyToken({ token, network })).toHaveProperty('context')
  at(12 * hour + 1_000)
  await expect(flows().verifyToken({ token, network })).rejects.toMatchObject({ code: 'TOKEN_REFUSED' })
  await expect(flows().reset({ token, password: passwords.second, network })).rejects.toMatchObject({
    code: 'TOKEN_REFUSED',
  })
})

test('the new password is promised within one hour in the new directory and in both older ones', async () => {
  const student = enrolled()
  const { number } = student.person
  await settled(stage, [student])
  const token = await tokenFor(stage, addressOf(number))
  const chosen = stage.clock.now()
  await flows().reset({ token, password: passwords.second, network })
  await settleAll(stage)
  const promises = await stage.rooms.registry.db
    .selectFrom('promise')
    .select(['target', 'started', 'due', 'kept'])
    .where('number', '=', number)
    .where('kind', '=', 'password')
    .where('started', '>', chosen)
    .where('target', 'is not', null)
    .execute()
  expect(promises.map(({ target }) => target).sort()).toEqual(['paris-sorbonne', 'primary', 'upmc'])
  for (const { started, due, kept } of promises) {
    expect(due.getTime() - started.getTime()).toBe(hour)
    expect(kept).not.toBeNull()
  }
})

test('without an address in the record there is no link, until the registrar has added one', async () => {
  const number = freshNumber()
  const without = enrolled(number, { fixedAddress: null })
  await today(stage, [without])
  await activate(stage, number)
  await ask(addressOf(number))
  expect(stage.mail.received).toEqual([])
  await today(stage, [enrolled(number)])
  await tokenFor(stage, addressOf(number))
  expect(links(addressOf(number))).toHaveLength(1)
})

test('who shares an address can neither create an identity nor change a password, until the address is theirs alone', async () => {
  const address = 'famille@example.org'
  const [one, other] = [freshNumber(), freshNumber()]
  const twins = [enrolled(one, { fixedAddress: address }), enrolled(other, { fixedAddress: address })]
  await today(stage, twins)
  await nextMorning(stage)
  expect(lettersTo(stage, address, subjects.invitation)).toEqual([])
  const activating = flows().activate({
    studentNumber: one,
    key: await keyFor(stage, one),
    password: passwords.first,
    network,
    idempotencyKey: null,
  })
  await expect(activating).rejects.toMatchObject({ code: 'ADDRESS_SHARED' })
  await ask(address)
  expect(links(address)).toEqual([])

  // The registrar has entered an address of their own.
  await today(stage, [enrolled(one), enrolled(other, { fixedAddress: address })])
  await nextMorning(stage)
  expect(keyIn(lettersTo(stage, addressOf(one), subjects.invitation)[0])).toBe(await keyFor(stage, one))
  expect(keyIn(lettersTo(stage, address, subjects.invitation)[0])).toBe(await keyFor(stage, other))
  await activate(stage, one)
  await tokenFor(stage, addressOf(one))
})

test('a password is chosen by the student alone: with their key, or with the link of their own mailbox', async () => {
  await using page = await appOver()
  const { paths } = (await page.app.inject(`${api}/openapi.json`)).json<OpenApi>()
  const taking = Object.entries(paths).flatMap(([path, { post: call }]) => {
    const body = call?.requestBody?.content['application/json']?.schema.properties ?? {}
    return 'password' in body ? [[path.slice(api.length), Object.keys(body).sort()]] : []
  })
  expect(taking.sort()).toEqual([
    ['/activation', ['key', 'password', 'studentNumber']],
    // Judges, and keeps nothing.
    ['/password-strength', ['context', 'password']],
    ['/reset', ['password', 'token']],
  ])
  const helps = await Promise.all(
    [['--help'], ['lock', '--help'], ['unlock', '--help'], ['keys', '--help']].map(async (words) => {
      const { output } = await runMatricule(words, {})
      return output
    }),
  )
  expect(helps[0]).toContain('explain')
  // Neither a command nor an option nor an argument takes one; a description may say the word.
  for (const help of helps) expect(help).not.toMatch(/^ {2}\S*passw|--\S*passw|[<[]passw/im)
})

test('a former student without an enrolment of this year gets no link, and is told so', async () => {
  const student = enrolled(freshNumber(), { years: ['2024'] })
  const { number } = student.person
  await settled(stage, [enrolled(number)])
  await today(stage, [
    {
      ...student,
      person: enrolled(number).person,
      enrolments: student.enrolments.concat(enrolled(number, { state: 'A' }).enrolments),
    },
  ])
  await ask(addressOf(number))
  expect(links(addressOf(number))).toEqual([])
  const last = stage.mail.to(addressOf(number)).at(-1)
  expect(last?.text).toContain('inscription')
  expect(last?.subject).not.toBe(subjects.reset)
})
