import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { publishKeys } from '../../daemon/publish.ts'
import type { Rooms } from '../../daemon/rooms.ts'
import { activate, keyFor, passOver } from '../run/acts.ts'
import { enrolled, freshNumber } from '../run/people.ts'
import { openStage, type Stage } from '../run/stage.ts'

let stage: Stage
let rooms: Rooms
let path: string
beforeAll(async () => {
  stage = await openStage()
  path = join(stage.folder, 'clefs.csv')
  rooms = stage.under({ keysPath: path })
})
afterAll(() => stage[Symbol.asyncDispose]())
beforeEach(() => stage.afresh())

const publications = () => rooms.registry.db.selectFrom('publication').selectAll().execute()

test('the feed says the key only while it waits, and is readable by us alone', async () => {
  const [waiting, sleeping, used] = [freshNumber(), freshNumber(), freshNumber()]
  await passOver(
    stage,
    [waiting, sleeping, used].map((number) => enrolled(number)),
  )
  await activate(stage, used)
  await passOver(stage, [enrolled(waiting), enrolled(sleeping, { state: 'A' }), enrolled(used)])
  const [key, asleep] = [await keyFor(stage, waiting), await keyFor(stage, sleeping)]
  expect(await publishKeys(rooms)).toBe(3)
  const text = await readFile(path, 'utf8')
  const lines = text.trimEnd().split('\n')
  expect(lines[0]).toBe('COD_ETU;CLE;VERSION;ETAT;DATE')
  expect(lines.slice(1).map((line) => line.split(';').slice(0, 4))).toEqual([
    [waiting, key, '1', 'attente'],
    [sleeping, '', '1', 'dormante'],
    [used, '', '1', 'utilisee'],
  ])
  for (const line of lines.slice(1)) expect(line).toMatch(/;\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  expect(text).not.toContain(asleep)
  expect((await stat(path)).mode & 0o777).toBe(0o600)
})

test('the certificate prints the key of whoever cannot be written to, or of nobody', async () => {
  const [reached, unreached] = [freshNumber(), freshNumber()]
  await passOver(stage, [enrolled(reached), enrolled(unreached, { fixedAddress: null })])
  const printed = async (printsKey: boolean) => {
    const certificate = join(stage.folder, `certificat-${String(printsKey)}.csv`)
    await publishKeys(stage.under({ keysPath: null, certificate: { path: certificate, printsKey } }))
    expect((await stat(certificate)).mode & 0o777).toBe(0o600)
    const lines = (await readFile(certificate, 'utf8')).trimEnd().split('\n')
    return lines.slice(1).map((line) => line.split(';').slice(0, 2))
  }
  expect(await printed(true)).toEqual([
    [reached, ''],
    [unreached, await keyFor(stage, unreached)],
  ])
  expect(await printed(false)).toEqual([
    [reached, ''],
    [unreached, ''],
  ])
})

test('a feed that others could read is replaced by one that they cannot', async () => {
  await writeFile(path, 'older', { mode: 0o644 })
  await passOver(stage, [enrolled()])
  await publishKeys(rooms)
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect(await readFile(path, 'utf8')).not.toContain('older')
})

test('a feed that says nothing new is not written again, and each publication is remembered', async () => {
  const number = freshNumber()
  await passOver(stage, [enrolled(number)])
  await publishKeys(rooms)
  const before = (await stat(path)).ino
  await publishKeys(rooms)
  expect((await stat(path)).ino).toBe(before)
  expect(await publications()).toMatchObject([{ rows: 1, path }])
  await activate(stage, number)
  await publishKeys(rooms)
  expect(await publications()).toHaveLength(2)
})

test('without a path nothing is written', async () => {
  await passOver(stage, [enrolled()])
  expect(await publishKeys(stage.rooms)).toBeNull()
})
