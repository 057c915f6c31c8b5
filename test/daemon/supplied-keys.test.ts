import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { explain } from '../../bin/explain.ts'
import { keysOfFile } from '../../daemon/key/file.ts'
import { keysOfView } from '../../daemon/key/view.ts'
import { deliver } from '../../daemon/letter/deliver.ts'
import { pass } from '../../daemon/pass.ts'
import { publishKeys } from '../../daemon/publish.ts'
import type { Rooms } from '../../daemon/rooms.ts'
import { postgresDatabase } from '../../daemon/source/database/postgres.ts'
import { loadSettings } from '../../platform/settings.ts'
import { listed } from '../../registry/lists.ts'
import { keysOf } from '../../registry/keys.ts'
import { createFlows } from '../../web/flow/flows.ts'
import { activate, keyFor, passwords } from '../run/acts.ts'
import { openApogee } from '../run/apogee.ts'
import { enrolled, freshNumber } from '../run/people.ts'
import { openStage, type Stage } from '../run/stage.ts'

let stage: Stage
let rooms: Rooms
let file: string
let published: string
beforeAll(async () => {
  stage = await openStage()
  file = join(stage.folder, 'keys.csv')
  published = join(stage.folder, 'published.csv')
  rooms = { ...stage.under({ keysPath: published }), keySource: keysOfFile(file, 8) }
})
afterAll(() => stage[Symbol.asyncDispose]())
beforeEach(async () => {
  await stage.afresh()
  await rm(published, { force: true })
})

const supply = (keys: Readonly<Record<string, string>>) =>
  writeFile(
    file,
    ['COD_ETU;CLE', ...Object.entries(keys).map(([number, key]) => `${number};${key}`)].join('\r\n'),
  )
const over = async (...numbers: string[]) => {
  await stage.drop(numbers.map((number) => enrolled(number)))
  await pass(rooms)
}
const faults = async (): Promise<Record<string, unknown>> =>
  Object.fromEntries(
    (await listed(rooms.registry.db, 'key-faults')).map(({ number, reason }) => [String(number), reason]),
  )
const verified = (studentNumber: string, key: string) =>
  createFlows(stage.house).verifyKey({ studentNumber, key, network: '192.0.2.9' })

describe('a key that Apogée supplies', () => {
  test('is the one of the letter, of card and certificate, and opens the account however it is typed', async () => {
    const number = freshNumber()
    await supply({ [number]: 'apo-0123 OIlu' })
    await over(number)
    await deliver(rooms, 1_000)
    expect(stage.mail.to(`p${number}@example.org`).at(-1)?.text).toContain(
      "Clef d'activation : apo-0123 OIlu",
    )
    await publishKeys(rooms)
    expect(await readFile(published, 'utf8')).toContain(`${number};apo-0123 OIlu;1;attente;`)

    await expect(verified(number, 'APO-0123-OILV')).rejects.toMatchObject({ code: 'KEY_REFUSED' })
    expect(await verified(number, 'APO0123OILU')).toMatchObject({ context: expect.any(String) as string })
    await activate(stage, number)
    expect(await stage.bind(number, passwords.first)).toEqual([true, true, true])
    await expect(verified(number, 'APO0123OILU')).rejects.toMatchObject({ code: 'KEY_USED' })
  })

  test('that is missing keeps the student waiting, told why, and the letter leaves once it is there', async () => {
    const [number, other] = [freshNumber(), freshNumber()]
    await supply({ [other]: 'OTHERS-KEY-1' })
    await over(number, other)
    expect(await keysOf(rooms.registry.db, number)).toEqual([])
    expect(await faults()).toEqual({ [number]: 'missing' })
    const settings = loadSettings({ env: {} })
    const { data } = await explain.run({ settings, rooms, daemon: null }, { number })
    expect(data).toMatchObject({ why: expect.stringContaining("n'a pas encore fourni") as string })

    await supply({ [other]: 'OTHERS-KEY-1', [number]: 'MY-OWN-KEY-22' })
    await pass(rooms)
    expect(await faults()).toEqual({})
    expect(await keyFor(stage, number)).toBe('MY-OWN-KEY-22')
    await deliver(rooms, 1_000)
    expect(stage.mail.to(`p${number}@example.org`)).toHaveLength(1)
  })

  test('that two have, or that has not the form of one, is refused for them alone', async () => {
    const [one, two, three, four] = [freshNumber(), freshNumber(), freshNumber(), freshNumber()]
    await supply({ [one]: 'SAME-KEY-123', [two]: 'same key 123', [three]: 'short', [four]: 'GOOD-KEY-123' })
    await over(one, two, three, four)
    expect(await faults()).toEqual({ [one]: 'collision', [two]: 'collision', [three]: 'malformed' })
    expect(await keyFor(stage, four)).toBe('GOOD-KEY-123')
  })

  test('that is or was another’s is refused, after the ring was turned as well', async () => {
    const [first, second] = [freshNumber(), freshNumber()]
    await supply({ [first]: 'FIRST-KEY-123' })
    await over(first)
    await activate(stage, first)
    await rooms.ring.rotate()
    await supply({ [second]: 'first key 123' })
    await over(first, second)
    expect(await faults()).toEqual({ [second]: 'collision' })
  })

  test('that has opened an account once opens none again', async () => {
    const number = freshNumber()
    await supply({ [number]: 'FIRST-KEY-123' })
    await over(number)
    await activate(stage, number)
    // Gone long enough for a new key to be due (rules: the key, no right last year).
    await rooms.registry.db
      .updateTable('account')
      .set({ state: 'closed', last_right_year: '2020' })
      .where('number', '=', number)
      .execute()
    await rooms.registry.db.updateTable('person').set({ unjudged: true }).execute()
    await pass(rooms)
    expect(await faults()).toEqual({ [number]: 'used' })
    await supply({ [number]: 'SECOND-KEY-123' })
    await pass(rooms)
    expect(await keyFor(stage, number)).toBe('SECOND-KEY-123')
  })

  test('once taken stays, whatever the supply says later', async () => {
    const number = freshNumber()
    await supply({ [number]: 'FIRST-KEY-123' })
    await over(number)
    await supply({ [number]: 'OTHER-KEY-123' })
    await over(number)
    expect(await keyFor(stage, number)).toBe('FIRST-KEY-123')
  })
})

test.each([
  ['is not there', null],
  ['has another header', 'NUMERO;CLEF\n1;2'],
  ['is not made of lines of cells', 'COD_ETU;CLE\n"21500001;A'],
])('a supply that %s gives nobody a key, and stops nothing else', async (_, text) => {
  const [active, waiting] = [freshNumber(), freshNumber()]
  await supply({ [active]: 'FIRST-KEY-123' })
  await over(active)
  await activate(stage, active)
  if (text === null) await rm(file)
  else await writeFile(file, text)
  await expect(keysOfFile(file, 8).keys()).rejects.toMatchObject({ code: 'KEYS_UNREADABLE' })
  await over(active, waiting)
  expect(await faults()).toEqual({ [waiting]: 'missing' })
  expect(await stage.bind(active, passwords.first)).toEqual([true, true, true])
})

test('keys are made here where nobody supplies them', async () => {
  const number = freshNumber()
  await stage.drop([enrolled(number)])
  await pass(stage.rooms)
  expect(await keyFor(stage, number)).toMatch(/^[A-HJKMNP-TV-Z2-9]{12}$/)
  await activate(stage, number)
  expect(await stage.bind(number, passwords.first)).toEqual([true, true, true])
})

test('a view of the source database supplies them too', async () => {
  await using apogee = await openApogee()
  const number = freshNumber()
  const { username } = new URL(apogee.url)
  await apogee.run(`create schema site; grant usage on schema site to ${username};
    create table site.keys (cod_etu numeric(8), cle char(20)); grant select on site.keys to ${username}`)
  await apogee.run('insert into site.keys values ($1, $2)', [number, 'VIEW-KEY-123'])
  const limits = { schema: null, connectMs: 2_000, statementMs: 5_000, batch: 100 }
  const database = postgresDatabase({ url: apogee.url, ...limits })
  const keySource = keysOfView(database, 'site.keys', 8, stage.clock)
  await stage.drop([enrolled(number)])
  await pass({ ...rooms, keySource })
  expect(await keyFor(stage, number)).toBe('VIEW-KEY-123')
  await expect(keysOfView(database, 'site.nothing', 8, stage.clock).keys()).rejects.toMatchObject({
    code: 'FEED_MISSING',
  })
})
