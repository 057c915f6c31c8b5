import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Desk } from '../../bin/desk.ts'
import { lockAccount, unlockAccount } from '../../bin/lock.ts'
import { pass } from '../../daemon/pass.ts'
import { loadSettings } from '../../platform/settings.ts'
import { studentOf } from '../../registry/students.ts'
import { createFlows } from '../../web/flow/flows.ts'
import { activate, keyFor, passOver, passwords, post, settleAll, settled, tokenFor } from '../run/acts.ts'
import { enrolled, freshNumber } from '../run/people.ts'
import { openStage, type Stage } from '../run/stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage[Symbol.asyncDispose]())
beforeEach(() => stage.afresh())

const desk = (): Desk => ({ settings: loadSettings({ env: {} }), rooms: stage.rooms, daemon: null })
const lock = (number: string) => lockAccount.run(desk(), { number, reason: 'card found' })
const unlock = (number: string) => unlockAccount.run(desk(), { number })
const addressOf = (number: string) => `p${number}@example.org`
const subjects = (number: string) => stage.mail.to(addressOf(number)).map(({ subject }) => subject)
const network = '192.0.2.1'

async function active(): Promise<string> {
  const number = freshNumber()
  await settled(stage, [enrolled(number)])
  await post(stage)
  return number
}

test('locked: the password opens nothing at once, the directories say why, and the student is told', async () => {
  const number = await active()
  expect(await lock(number)).toMatchObject({
    data: { changed: true, settled: ['primary', 'paris-sorbonne', 'upmc'], waiting: [] },
  })
  expect(await stage.bind(number, passwords.first)).toEqual([false, false, false])
  for (const directory of stage.directories)
    expect(await directory.entry(number)).not.toHaveProperty('userPassword')
  expect((await stage.directory('primary').entry(number))?.['supannRessourceEtatDate']).toBe(
    '{COMPTE}S:SupannVerrouTechnique::',
  )
  await post(stage)
  expect(subjects(number).at(-1)).toBe('Votre compte Sorbonne Université est verrouillé')
  expect((await studentOf(stage.rooms.registry.db, number))?.verifiers).toEqual({})
})

test('a link that was mailed before opens nothing, none is mailed, and no pass gives the password back', async () => {
  const number = await active()
  const token = await tokenFor(stage, addressOf(number))
  await lock(number)
  const reset = createFlows(stage.house).reset({ token, password: passwords.second, network })
  await expect(reset).rejects.toMatchObject({ code: 'TOKEN_REFUSED' })
  await post(stage)
  const before = subjects(number).length
  await createFlows(stage.house).requestReset({ email: addressOf(number), network })
  await post(stage)
  expect(subjects(number)).toHaveLength(before)
  await passOver(stage, [enrolled(number)])
  await pass(stage.rooms)
  expect(await stage.bind(number, passwords.first)).toEqual([false, false, false])
})

test('unlocked: a link comes by itself, and a new password opens everything', async () => {
  const number = await active()
  await lock(number)
  await post(stage)
  expect(await unlock(number)).toMatchObject({ data: { changed: true, locked: false } })
  expect(await stage.bind(number, passwords.first)).toEqual([false, false, false])
  await post(stage)
  const letter = stage.mail.to(addressOf(number)).at(-1)
  const [, token = ''] = /reinitmdp-token\?token=([0-9A-Za-z]{30})$/m.exec(letter?.text ?? '') ?? []
  await createFlows(stage.house).reset({ token, password: passwords.second, network })
  await settleAll(stage)
  expect(await stage.bind(number, passwords.second)).toEqual([true, true, true])
  expect((await stage.directory('primary').entry(number))?.['supannRessourceEtatDate']).toBe(
    '{COMPTE}A:SupannActif::',
  )
})

test('whoever has not activated yet cannot, until unlocked; then the key is mailed and works', async () => {
  const number = freshNumber()
  await passOver(stage, [enrolled(number)])
  await lock(number)
  const key = await keyFor(stage, number)
  const activating = createFlows(stage.house).activate({
    studentNumber: number,
    key,
    password: passwords.first,
    network,
    idempotencyKey: null,
  })
  await expect(activating).rejects.toMatchObject({ code: 'RIGHT_MISSING' })
  await pass(stage.rooms)
  await post(stage)
  expect(
    stage.mail
      .to(addressOf(number))
      .map(({ text }) => text)
      .join('\n'),
  ).not.toContain(key)
  await unlock(number)
  await pass(stage.rooms)
  await post(stage)
  expect(stage.mail.to(addressOf(number)).at(-1)?.text).toContain(key)
  await activate(stage, number)
  expect(await stage.bind(number, passwords.first)).toEqual([true, true, true])
})

test('twice is once, and a number that nobody has is told', async () => {
  const number = await active()
  await lock(number)
  expect(await lock(number)).toMatchObject({ data: { changed: false } })
  await unlock(number)
  expect(await unlock(number)).toMatchObject({ data: { changed: false } })
  await expect(lock('29999999')).rejects.toMatchObject({ code: 'STUDENT_UNKNOWN' })
  const { rows } = await acts(number)
  expect(rows).toEqual(['locked', 'unlocked'])
})

test('a directory that is away is told of, and locked as soon as it is back', async () => {
  const number = await active()
  const upmc = stage.directory('upmc')
  upmc.wire.cut()
  expect(await lock(number)).toMatchObject({ data: { waiting: ['upmc'] } })
  expect(await stage.bind(number, passwords.first)).toEqual([false, false, true])
  upmc.wire.mend()
  stage.clock.move(600_000)
  await settleAll(stage)
  expect(await stage.bind(number, passwords.first)).toEqual([false, false, false])
})

async function acts(number: string) {
  const found = await stage.rooms.registry.db
    .selectFrom('audit')
    .select('action')
    .where('number', '=', number)
    .where('action', 'in', ['locked', 'unlocked'])
    .orderBy('id')
    .execute()
  return { rows: found.map(({ action }) => action) }
}
