import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { passOver, post, settleAll, settled } from '../../run/acts.ts'
import { openDesk, type OpenDesk, type Visitor } from '../../run/desk.ts'
import { enrolled, freshNumber } from '../../run/people.ts'
import { openStage, type Stage } from '../../run/stage.ts'

let stage: Stage
let desk: OpenDesk
let registrar: Visitor
beforeAll(async () => {
  stage = await openStage()
  desk = await openDesk(stage)
})
afterAll(async () => {
  await desk[Symbol.asyncDispose]()
  await stage[Symbol.asyncDispose]()
})
beforeEach(async () => {
  await stage.afresh()
  registrar = await desk.as('registrar')
})

const why = { reason: 'mariage, acte vu' }
const domain = 'etu.sorbonne-universite.fr'
const ask = (number: string, body: unknown = why, staff = registrar) =>
  staff.post(`/students/${number}/new-address`, body)
const named = (number: string, usageName: string | null = null) =>
  enrolled(number, { firstName: 'ADA', birthName: 'BYRON', usageName })
const acts = (number: string) =>
  stage.rooms.registry.db
    .selectFrom('audit')
    .select(['actor', 'facts'])
    .where('number', '=', number)
    .where('action', '=', 'address-changed')
    .execute()

async function renamed(): Promise<string> {
  const number = freshNumber()
  await settled(stage, [named(number)])
  await passOver(stage, [named(number, 'LOVELACE')])
  return number
}

test('a new name has its address, the former one stays an alias, the student is told and the trail says who and why', async () => {
  const number = await renamed()
  const [mail, former] = [`ada.lovelace@${domain}`, `ada.byron@${domain}`]
  const { status, body } = await ask(number)
  expect([status, body]).toEqual([200, { number, mail, former, changed: true }])
  await settleAll(stage)
  expect(await stage.directory('primary').entry(number)).toMatchObject({ mail, supannAutreMail: former })
  await post(stage)
  const letters = stage.mail.to(`p${number}@example.org`)
  expect(letters.find(({ subject }) => subject.startsWith('Votre nouvelle adresse'))?.text).toContain(mail)
  expect(await acts(number)).toEqual([{ actor: 'registrar', facts: why }])
  const card = (await registrar.get(`/students/${number}`)).body as unknown as {
    timeline: { what: string }[]
  }
  expect(card.timeline.map(({ what }) => what)).toContain(
    'nouvelle adresse institutionnelle, l’ancienne restant un alias',
  )

  // Pressed again, it fits the name already: nothing happens and nobody is told twice.
  expect((await ask(number)).body).toEqual({ number, mail, former: null, changed: false })
  expect(await acts(number)).toHaveLength(1)
})

test('the address comes from the record alone, and takes a reason', async () => {
  const number = await renamed()
  for (const body of [{}, { reason: ' ' }, { ...why, mail: `chosen@${domain}` }, [why], null]) {
    const answer = await ask(number, body)
    expect([answer.status, answer.body['code']], JSON.stringify(body)).toEqual([400, 'REQUEST_INVALID'])
  }
  expect(await acts(number)).toEqual([])
})

test('who has no account yet, whom nobody knows, and whom one may not see have none', async () => {
  const [invited, number] = [freshNumber(), await renamed()]
  await passOver(stage, [named(number, 'LOVELACE'), named(invited)])
  const support = await desk.as('support')
  const lettres = await desk.as('support-lettres')
  for (const [answer, code] of [
    [await ask(invited), 'ACCOUNT_MISSING'],
    [await ask('29999999'), 'STUDENT_UNKNOWN'],
    [await ask(number, why, lettres), 'STUDENT_UNKNOWN'],
    [await ask(number, why, await desk.as('security')), 'ROLE_MISSING'],
  ] as const)
    expect(answer.body['code']).toBe(code)
  expect(await acts(number)).toEqual([])
  expect((await ask(number, why, support)).status).toBe(200)
})
