import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { ldif } from '../../bin/ldif.ts'
import type { Desk } from '../../bin/desk.ts'
import { pass } from '../../daemon/pass.ts'
import { loadSettings } from '../../platform/settings.ts'
import { createFlows } from '../../web/flow/flows.ts'
import { keyFor, passOver, passwords, settled, standings } from '../run/acts.ts'
import { crowd, enrolled, freshNumber } from '../run/people.ts'
import { keepsTheirs } from '../run/keeps-theirs.ts'
import { openStage, type Stage } from '../run/stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage({ directories: 'openldap' })
})
afterAll(() => stage[Symbol.asyncDispose]())
beforeEach(() => stage.afresh())
keepsTheirs(() => stage)

const fileOf = (target: string) => join(stage.folder, `${target}.ldif`)

/** As `matricule ldif TARGET --out FILE` does. */
async function write(target: string, out = fileOf(target)) {
  const desk: Desk = { settings: loadSettings({ env: {} }), rooms: stage.rooms, daemon: null }
  return ldif.run(desk, { target, out })
}

const written = ({ rooms }: Stage) => rooms.metrics.changes.get()

test('a directory that is filled while it is stopped has nothing left to be written, and every password opens', async () => {
  const people = crowd(30)
  await passOver(stage, people)
  const numbers = people.map(({ person }) => person.number)
  for (const studentNumber of numbers) {
    await createFlows(stage.house).activate({
      studentNumber,
      key: await keyFor(stage, studentNumber),
      password: passwords.first,
      network: studentNumber,
      idempotencyKey: null,
    })
  }
  for (const { profile, slapd } of stage.directories) {
    expect(await write(profile.name)).toMatchObject({ data: { entries: 30 } })
    await slapd?.load(fileOf(profile.name))
  }
  const before = await written(stage)
  await pass(stage.rooms)
  expect(await written(stage)).toEqual(before)
  for (const number of numbers) {
    expect(await standings(stage, number)).toEqual(['settled', 'settled', 'settled'])
  }
  expect(await stage.bind(numbers[0] ?? '', passwords.first)).toEqual([true, true, true])
  expect(await stage.bind(numbers[29] ?? '', passwords.first)).toEqual([true, true, true])
})

test('a directory that was lost comes back with the same entries', async () => {
  const number = freshNumber()
  await settled(stage, [enrolled(number)])
  const upmc = stage.directory('upmc')
  const before = await upmc.entry(number)
  await upmc.empty()
  await write('upmc')
  await upmc.slapd?.load(fileOf('upmc'))
  await pass(stage.rooms)
  expect((await upmc.entry(number))?.['entryUUID']).toBe(before?.['entryUUID'])
  expect(await stage.bind(number, passwords.first)).toEqual([true, true, true])
})

test('an entry that stands where one was foreseen is not ours: it is left as it is, and told', async () => {
  const number = freshNumber()
  await passOver(stage, [enrolled(number)])
  await createFlows(stage.house).activate({
    studentNumber: number,
    key: await keyFor(stage, number),
    password: passwords.first,
    network: '192.0.2.1',
    idempotencyKey: null,
  })
  await write('upmc')
  const upmc = stage.directory('upmc')
  const attributes = { objectClass: ['inetOrgPerson'], uid: [number], cn: ['Theirs'], sn: ['Theirs'] }
  await upmc.add(`uid=${number},${upmc.profile.base}`, attributes)
  await pass(stage.rooms)
  expect(await standings(stage, number)).toEqual(['settled', 'settled', 'held'])
  expect(await upmc.entry(number)).toMatchObject({ cn: 'Theirs', sn: 'Theirs' })
})

test('the file holds verifiers and no password, for the eyes of its owner alone', async () => {
  const number = freshNumber()
  await settled(stage, [enrolled(number)])
  await write('primary')
  const text = await readFile(fileOf('primary'), 'utf8')
  expect((await stat(fileOf('primary'))).mode & 0o777).toBe(0o600)
  expect(text).toContain('{ARGON2}')
  expect(text).not.toContain(passwords.first)
})

test('a target that there is not, and a file that cannot be written, are told', async () => {
  await expect(write('zimbra', '/nowhere')).rejects.toMatchObject({ code: 'USAGE' })
  await expect(write('upmc', '/proc/nowhere/upmc.ldif')).rejects.toMatchObject({ code: 'USAGE' })
})
