import fc from 'fast-check'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { pass } from '../../daemon/pass.ts'
import { settle } from '../../daemon/settle.ts'
import { createFlows } from '../../web/flow/flows.ts'
import { activate, keyFor, passOver, passwords, post, settled, settleAll, tokenFor } from '../run/acts.ts'
import { day, hour, minute } from '../run/moved-clock.ts'
import { enrolled, freshNumber } from '../run/people.ts'
import { openStage, type Stage } from '../run/stage.ts'
import { commands, modelOf } from './flow-model.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage[Symbol.asyncDispose]())
beforeEach(() => stage.afresh())

const flows = () => createFlows(stage.house)
const home = '192.0.2.1'
const elsewhere = '198.51.100.7'
const wrongKey = 'ABCDEFGHJKMN'

async function invited(): Promise<{ studentNumber: string; key: string }> {
  const studentNumber = freshNumber()
  await passOver(stage, [enrolled(studentNumber)])
  return { studentNumber, key: await keyFor(stage, studentNumber) }
}

test('in any order of calls a password changes if and only if a good secret of that account is in that request', async () => {
  let networks = 0
  const called = new Set<string>()
  await fc.assert(
    fc.asyncProperty(commands, async (calls) => {
      await stage.afresh()
      const numbers = [freshNumber(), freshNumber()]
      await passOver(
        stage,
        numbers.map((number) => enrolled(number)),
      )
      const real = { stage, called, network: () => `network ${++networks}` }
      const model = await modelOf(stage, numbers)
      await fc.asyncModelRun(() => ({ model, real }), calls)
    }),
    { numRuns: 15, endOnFailure: true },
  )
  // Whatever the page can be asked was among the calls.
  expect([...called].sort()).toEqual(Object.keys(flows()).sort())
}, 120_000)

describe('the same request again', () => {
  const request = async () => ({
    ...(await invited()),
    password: passwords.first,
    network: home,
    idempotencyKey: 'a key of the browser',
  })

  test('gets the same answer for ten minutes, also when both come at once', async () => {
    const input = await request()
    const [first, ...others] = await Promise.all([1, 2, 3].map(() => flows().activate(input)))
    for (const other of others) expect(other).toEqual(first)
    expect(await flows().activate({ ...input, network: elsewhere })).toEqual(first)
    stage.clock.move(11 * minute)
    await expect(flows().activate(input)).rejects.toMatchObject({ code: 'KEY_USED' })
  })

  test('with another password, key or number gets nothing of it', async () => {
    const input = await request()
    await flows().activate(input)
    await expect(flows().activate({ ...input, password: passwords.second })).rejects.toMatchObject({
      code: 'KEY_USED',
    })
    await expect(flows().activate({ ...input, key: wrongKey })).rejects.toMatchObject({ code: 'KEY_REFUSED' })
    await expect(flows().activate({ ...input, studentNumber: freshNumber() })).rejects.toMatchObject({
      code: 'KEY_REFUSED',
    })
    await expect(flows().activate({ ...input, idempotencyKey: 'another' })).rejects.toMatchObject({
      code: 'KEY_USED',
    })
  })

  test('twenty times at once without a key of its own works once', async () => {
    const input = { ...(await request()), idempotencyKey: null }
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => flows().activate(input)))
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const codes = outcomes.flatMap((each) =>
      each.status === 'rejected' ? [(each.reason as { code: string }).code] : [],
    )
    for (const code of codes) expect(['KEY_USED', 'TOO_MANY_ATTEMPTS']).toContain(code)
  })
})

describe('wrong keys', () => {
  const tries = async (count: number, studentNumber: string, network: string): Promise<string[]> => {
    const codes: string[] = []
    for (let each = 0; each < count; each++) {
      const answer = flows().verifyKey({ studentNumber, key: wrongKey, network })
      codes.push(
        await answer.then(
          () => 'done',
          (error: unknown) => (error as { code: string }).code,
        ),
      )
    }
    return codes
  }

  test('stop a network after five, and from another the right key always passes', async () => {
    const { studentNumber, key } = await invited()
    expect(await tries(7, studentNumber, home)).toEqual([
      ...Array<string>(5).fill('KEY_REFUSED'),
      'TOO_MANY_ATTEMPTS',
      'TOO_MANY_ATTEMPTS',
    ])
    const right = { studentNumber, key }
    await expect(flows().verifyKey({ ...right, network: home })).rejects.toMatchObject({
      code: 'TOO_MANY_ATTEMPTS',
      details: { retryAfterSeconds: 900 },
    })
    await expect(flows().verifyKey({ ...right, network: elsewhere })).resolves.toHaveProperty('context')
    stage.clock.move(15 * minute)
    await expect(flows().verifyKey({ ...right, network: home })).resolves.toHaveProperty('context')
  })

  test('are the same for a number that nobody bears', async () => {
    const { studentNumber } = await invited()
    expect(await tries(7, freshNumber(), home)).toEqual(await tries(7, studentNumber, home))
  })

  test('for many students from one network stop that network, and no other', async () => {
    const { studentNumber, key } = await invited()
    const strict = {
      ...stage.house,
      rules: { ...stage.house.rules, limits: { ...stage.house.rules.limits, networkFailures: 8 } },
    }
    const guess = (number: string, network: string, typed = wrongKey) =>
      createFlows(strict).verifyKey({ studentNumber: number, key: typed, network })
    for (let each = 0; each < 8; each++)
      await expect(guess(freshNumber(), home)).rejects.toMatchObject({ code: 'KEY_REFUSED' })
    await expect(guess(studentNumber, home, key)).rejects.toMatchObject({ code: 'TOO_MANY_ATTEMPTS' })
    await expect(guess(studentNumber, elsewhere, key)).resolves.toHaveProperty('context')
  })

  test('a right key spends nothing, however often it is checked', async () => {
    const right = { ...(await invited()), network: home }
    for (let each = 0; each < 20; each++)
      await expect(flows().verifyKey(right)).resolves.toHaveProperty('context')
  })
})

describe('a request for a link', () => {
  test('is answered alike for every address, over the limit too, and is written down alike', async () => {
    const { studentNumber } = await invited()
    await activate(stage, studentNumber)
    const house = {
      ...stage.house,
      rules: { ...stage.house.rules, limits: { ...stage.house.rules.limits, networkFailures: 3 } },
    }
    const asked = [`p${studentNumber}@example.org`, 'nobody@example.org', `P${studentNumber}@EXAMPLE.ORG`]
    for (const email of [...asked, ...asked]) {
      await expect(createFlows(house).requestReset({ email, network: home })).resolves.toBeUndefined()
    }
    const rows = await stage.rooms.registry.db.selectFrom('reset_request').selectAll().execute()
    expect(rows).toHaveLength(3)
    await createFlows(house).requestReset({ email: asked[0] ?? '', network: elsewhere })
    expect(await stage.rooms.registry.db.selectFrom('reset_request').selectAll().execute()).toHaveLength(4)
  })
})

describe('the page of progress', () => {
  test('tells directory by directory, and is late when a promise is', async () => {
    const { studentNumber, key } = await invited()
    const { progress: id } = await flows().activate({
      studentNumber,
      key,
      password: passwords.first,
      network: home,
      idempotencyKey: null,
    })
    const before = await flows().progress(id)
    expect(before).toMatchObject({ login: studentNumber, can_sign_in: false })
    expect(before.steps.map(({ target, state }) => [target, state])).toEqual([
      ['primary', 'pending'],
      ['paris-sorbonne', 'pending'],
      ['upmc', 'pending'],
    ])
    const { target } = stage.directory('primary')
    await settle(stage.rooms, target, studentNumber, target.lane('nudge'))
    stage.clock.move(3 * day)
    const after = await flows().progress(id)
    expect(after.can_sign_in).toBe(true)
    expect(after.steps.map(({ state }) => state)).toEqual(['done', 'delayed', 'delayed'])
    stage.clock.move(5 * day)
    await expect(flows().progress(id)).rejects.toMatchObject({ code: 'PROGRESS_UNKNOWN' })
  })
})

describe('a judgement', () => {
  test('knows whose password it is by the context alone, for a quarter of an hour', async () => {
    const { studentNumber, key } = await invited()
    const { context } = await flows().verifyKey({ studentNumber, key, network: home })
    const password = `${studentNumber}-granit-Cobalt`
    const judge = (given: string | null) => flows().judge({ password, context: given, network: home })
    expect((await judge(context)).reasons).toContain('OWN_DATA')
    expect((await judge(null)).reasons).not.toContain('OWN_DATA')
    expect((await judge(`${context}x`)).reasons).not.toContain('OWN_DATA')
    stage.clock.move(16 * minute)
    expect((await judge(context)).reasons).not.toContain('OWN_DATA')
  })

  test('a refused password leaves key and link as they were', async () => {
    const { studentNumber, key } = await invited()
    const weak = { password: 'azertyuiop', network: home }
    await expect(
      flows().activate({ studentNumber, key, ...weak, idempotencyKey: null }),
    ).rejects.toMatchObject({ code: 'PASSWORD_REFUSED' })
    await activate(stage, studentNumber)
    const token = await tokenFor(stage, `p${studentNumber}@example.org`)
    await expect(flows().reset({ token, ...weak })).rejects.toMatchObject({ code: 'PASSWORD_REFUSED' })
    await flows().reset({ token, password: passwords.second, network: home })
    await settleAll(stage)
    expect(await stage.bind(studentNumber, passwords.second)).toEqual([true, true, true])
  })
})

test('no table of the registry holds a secret in clear', async () => {
  const [waits, active, asks] = [freshNumber(), freshNumber(), freshNumber()]
  const all = [waits, active, asks].map((number) => enrolled(number))
  await passOver(stage, all)
  const secrets = [await keyFor(stage, waits), await keyFor(stage, active), await keyFor(stage, asks)]
  await settled(stage, all.slice(1))
  secrets.push(passwords.first, passwords.second, passwords.wrong)
  secrets.push(await tokenFor(stage, `p${asks}@example.org`))
  const used = await tokenFor(stage, `p${active}@example.org`)
  await flows().reset({ token: used, password: passwords.second, network: home })
  // One link still on its way, one request with a repetition, one wrong try.
  await flows().requestReset({ email: `p${asks}@example.org`, network: home })
  stage.mail.script(451)
  await post(stage)
  const typed = { studentNumber: waits, key: wrongKey, password: passwords.wrong, network: home }
  await flows()
    .activate({ ...typed, idempotencyKey: 'repeated' })
    .catch(() => undefined)
  await pass(stage.rooms)
  await settleAll(stage)
  for (const directory of stage.directories) {
    for (const number of [active, asks]) {
      const stored = (await directory.entry(number))?.['userPassword']
      secrets.push(String(stored), String(stored).replace(/^\{\w+\}/, ''))
    }
  }
  stage.clock.move(hour)

  const { db } = stage.rooms.registry
  const { rows: tables } = await sql<{ name: string }>`
    select tablename as name from pg_tables where schemaname = current_schema()`.execute(db)
  expect(tables.length).toBeGreaterThan(20)
  const dump: string[] = []
  for (const { name } of tables) {
    const { rows } = await sql<{ line: string }>`select t::text as line from ${sql.table(name)} t`.execute(db)
    dump.push(...rows.map(({ line }) => `${name}: ${line}`))
  }
  secrets.push(used)
  expect(new Set(secrets).size).toBeGreaterThan(15)
  for (const secret of secrets) {
    expect(secret.length).toBeGreaterThan(8)
    expect(dump.filter((line) => line.includes(secret))).toEqual([])
  }
})
