import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createFlows } from '../../web/flow/flows.ts'
import { explain } from '../../web/helpdesk/explanation.ts'
import { studentOf } from '../../registry/students.ts'
import { keyFor, passOver, passwords } from '../run/acts.ts'
import { enrolled, freshNumber, person } from '../run/people.ts'
import { openStage, type Stage } from '../run/stage.ts'
import { appOver } from './app-fixture.ts'

/** Setting `activation.ask_birth_date`: a found card alone opens nothing. */
let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage[Symbol.asyncDispose]())
beforeEach(() => stage.afresh())

const network = '192.0.2.1'
const wrongKey = 'ABCDEFGHJKMN'
const flows = () => createFlows({ ...stage.house, rules: { ...stage.house.rules, asksBirthDate: true } })

async function invited(birthDate: string | null = '2006-12-10') {
  const studentNumber = freshNumber()
  await passOver(stage, [{ ...enrolled(studentNumber), person: person(studentNumber, { birthDate }) }])
  return { studentNumber, key: await keyFor(stage, studentNumber), network }
}

test('number, key and birth date go together, or nothing is said and nothing used', async () => {
  const bearer = await invited()
  for (const wrong of [{ birthDate: '2006-12-11' }, { birthDate: '' }, {}])
    await expect(flows().verifyKey({ ...bearer, ...wrong })).rejects.toMatchObject({ code: 'KEY_REFUSED' })
  const choice = { ...bearer, password: passwords.first, idempotencyKey: null }
  await expect(flows().activate({ ...choice, birthDate: '2006-10-12' })).rejects.toMatchObject({
    code: 'KEY_REFUSED',
  })
  await expect(flows().verifyKey({ ...bearer, birthDate: '2006-12-10' })).resolves.toHaveProperty('context')
  await expect(flows().activate({ ...choice, birthDate: '2006-12-10' })).resolves.toMatchObject({
    login: bearer.studentNumber,
  })
  // What became of the key is told to its bearer alone, who knows the date too.
  const used = flows().verifyKey({ ...bearer, birthDate: '2006-12-10' })
  await expect(used).rejects.toMatchObject({ code: 'KEY_USED' })
  const guess = flows().verifyKey({ ...bearer, birthDate: '2006-12-11' })
  await expect(guess).rejects.toMatchObject({ code: 'KEY_REFUSED' })
})

test('a wrong date is a wrong try, and counts', async () => {
  const bearer = await invited()
  const tries = stage.house.rules.limits.keyFailures
  for (let each = 0; each < tries; each++)
    await expect(flows().verifyKey({ ...bearer, birthDate: '1999-01-01' })).rejects.toMatchObject({
      code: 'KEY_REFUSED',
    })
  const right = flows().verifyKey({ ...bearer, birthDate: '2006-12-10' })
  await expect(right).rejects.toMatchObject({ code: 'TOO_MANY_ATTEMPTS' })
})

test('the right date does not help a wrong key, nor an unknown number', async () => {
  const bearer = await invited()
  for (const wrong of [{ key: wrongKey }, { key: '' }, { studentNumber: freshNumber() }])
    await expect(flows().verifyKey({ ...bearer, birthDate: '2006-12-10', ...wrong })).rejects.toMatchObject({
      code: 'KEY_REFUSED',
    })
})

test('without a birth date in the record nobody passes, and the helpdesk is told who must act', async () => {
  const bearer = await invited(null)
  for (const birthDate of ['', '2006-12-10'])
    await expect(flows().verifyKey({ ...bearer, birthDate })).rejects.toMatchObject({ code: 'KEY_REFUSED' })
  const student = await studentOf(stage.rooms.registry.db, bearer.studentNumber)
  if (student === null) throw new Error('nobody')
  const told = (asksBirthDate: boolean) =>
    explain(stage.rooms.registry.db, student, {
      targets: [],
      asksBirthDate,
      keyFailures: 5,
      keyWindowMs: 3_600_000,
      sourceIntervalMs: 300_000,
      now: stage.clock.now(),
    })
  const asked = await told(true)
  expect([asked.told.why, asked.next]).toEqual([expect.stringContaining('date de naissance'), 'registrar'])
  expect((await told(false)).told.why).not.toContain('date de naissance')
})

test('the API asks for it where the setting says so, and takes it for a key too many elsewhere', async () => {
  const body = { studentNumber: '21100001', key: wrongKey, birthDate: '2006-12-10' }
  await using asking = await appOver({ asksBirthDate: true })
  expect((await asking.post('/activation/verify', body)).statusCode).toBe(200)
  expect(asking.told.calls.at(-1)?.input).toEqual({ ...body, network: '127.0.0.1' })
  const choice = { ...body, password: passwords.first }
  expect((await asking.post('/activation', choice)).statusCode).toBe(201)
  expect(asking.told.calls.at(-1)?.input).toMatchObject({ birthDate: '2006-12-10' })
  for (const birthDate of [undefined, '', '10/12/2006', '2006-02-30', 20061210])
    for (const path of ['/activation/verify', '/activation']) {
      const more = path === '/activation' ? { password: passwords.first } : {}
      const answer = await asking.post(path, { ...body, ...more, birthDate })
      expect([answer.statusCode, answer.json<{ detail: string }>().detail]).toEqual([
        400,
        'Wrong or missing: birthDate',
      ])
    }
  await using plain = await appOver()
  expect((await plain.post('/activation/verify', body)).statusCode).toBe(400)
})
