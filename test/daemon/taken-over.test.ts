import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { publishKeys } from '../../daemon/publish.ts'
import { readMark } from '../../registry/standings.ts'
import { passOver, post } from '../run/acts.ts'
import { hour } from '../run/moved-clock.ts'
import { enrolled, freshNumber } from '../run/people.ts'
import { openStage, type Stage } from '../run/stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage[Symbol.asyncDispose]())
beforeEach(() => stage.afresh())

const invitations = async (number: string) =>
  stage.rooms.registry.db
    .selectFrom('letter')
    .select('state')
    .where('number', '=', number)
    .where('kind', '=', 'invitation')
    .execute()

test('while somebody stands in a directory whom we did not put there, no key leaves the house', async () => {
  const [newcomer, former] = [freshNumber(), freshNumber()]
  const { base } = stage.directory('upmc').profile
  await stage.directory('upmc').add(`uid=${former},${base}`, {
    objectClass: ['inetOrgPerson'],
    uid: [former],
    cn: ['Former'],
    sn: ['Former'],
  })
  await passOver(stage, [enrolled(newcomer), enrolled(former)])
  stage.clock.move(26 * hour)
  await post(stage)
  expect(await invitations(newcomer)).toEqual([{ state: 'due' }])
  expect(stage.mail.received).toEqual([])
  const keysPath = join(stage.folder, 'keys.csv')
  const rooms = stage.under({ keysPath })
  expect(await publishKeys(rooms)).toBe(0)
  await expect(readFile(keysPath, 'utf8')).rejects.toThrow('ENOENT')

  // Somebody sees to it, and the next pass finds the directory without strangers.
  await stage.directory('upmc').remove(`uid=${former},${base}`)
  await passOver(stage, [enrolled(newcomer)])
  await post(stage)
  expect(await invitations(newcomer)).toEqual([{ state: 'sent' }])
  expect(await publishKeys(rooms)).toBeGreaterThan(0)
  await rm(keysPath)
})

test('a directory taken over once stays so, whoever comes later', async () => {
  const [first, second] = [freshNumber(), freshNumber()]
  await passOver(stage, [enrolled(first)])
  const mark = await readMark(stage.rooms.registry.db, 'taken-over upmc')
  const { base } = stage.directory('upmc').profile
  await stage.directory('upmc').add(`uid=${second},${base}`, {
    objectClass: ['inetOrgPerson'],
    uid: [second],
    cn: ['Stranger'],
    sn: ['Stranger'],
  })
  await passOver(stage, [enrolled(first)])
  expect(await readMark(stage.rooms.registry.db, 'taken-over upmc')).toBe(mark)
  expect(mark).not.toBeNull()
})
