import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createFlows } from '../../web/flow/flows.ts'
import { keyFor, passOver, passwords, post, settled, tokenFor } from '../run/acts.ts'
import { hour } from '../run/moved-clock.ts'
import { crowd, enrolled, freshNumber } from '../run/people.ts'
import { openStage, type Stage } from '../run/stage.ts'
import { api } from './app-fixture.ts'
import { json, openDoor, type Door } from './door.ts'

/** What happened to others, tried on our door (docs/incidents.md). */
let stage: Stage
let door: Door
beforeAll(async () => {
  stage = await openStage()
  door = await openDoor(stage)
})
afterAll(async () => {
  await door[Symbol.asyncDispose]()
  await stage[Symbol.asyncDispose]()
})
beforeEach(() => stage.afresh())

const addressOf = (number: string) => `p${number}@example.org`
const ask = (path: string, body: object, headers: Parameters<Door['post']>[2] = json) =>
  door.post(api + path, JSON.stringify(body), headers)

async function active(): Promise<string> {
  const number = freshNumber()
  await settled(stage, [enrolled(number)])
  return number
}

test('a poisoned Host, and every header that proxies invent, leaves the link of the letter byte for byte ours', async () => {
  const number = await active()
  await post(stage)
  for (const header of [
    ['host', 'evil.example'],
    ['x-forwarded-host', 'evil.example'],
    ['x-forwarded-proto', 'http'],
    ['x-original-host', 'evil.example'],
    ['forwarded', 'host=evil.example;proto=http'],
    ['x-forwarded-prefix', '//evil.example'],
  ] as const) {
    stage.clock.move(hour)
    stage.mail.received.length = 0
    const { status } = await ask('/reset-requests', { email: addressOf(number) }, [...json, header])
    expect(status, header.join(': ')).toBe(202)
    await post(stage)
    const [letter] = stage.mail.to(addressOf(number))
    const links = [...(letter?.text ?? '').matchAll(/https?:\/\/[^\s"<>]+/g)].map(([link]) => link)
    expect(links.length).toBeGreaterThan(0)
    for (const link of links) expect(link).toMatch(/^https:\/\/compte\.example\.org\/creation-motdepasse/)
    expect(JSON.stringify(letter)).not.toContain('evil')
  }
})

test('letters that look like those of an address write to nobody, and mail goes to the stored address alone', async () => {
  const number = freshNumber()
  const stored = 'Mike.Sibling@example.org'
  await settled(stage, [enrolled(number, { fixedAddress: stored })])
  await post(stage)
  stage.mail.received.length = 0
  for (const email of [
    'm\u0131ke.sibling@example.org',
    'mike.\u017fibling@example.org',
    'mi\u212ae.sibling@example.org',
    'm\u0130ke.sibling@example.org',
    '\uff4dike.sibling@example.org',
    'mike.sibling@example\u3002org',
    'mike.sibling+x@example.org',
    'mikesibling@example.org',
  ])
    expect([202, 400]).toContain((await ask('/reset-requests', { email })).status)
  await post(stage)
  expect(stage.mail.received).toEqual([])
  await ask('/reset-requests', { email: 'MIKE.sibling@EXAMPLE.org' })
  await post(stage)
  expect(stage.mail.to(stored)).toHaveLength(1)
  expect(stage.mail.received).toHaveLength(1)
})

test('a hundred looks of those who scan links, at every address there is, leave the link as good as it was', async () => {
  const number = await active()
  const token = await tokenFor(stage, addressOf(number))
  const places = [
    '/creation-motdepasse/',
    `/creation-motdepasse/?token=${token}`,
    `${api}/reset`,
    `${api}/reset/verify`,
    `${api}/reset?token=${token}`,
    `${api}/reset/verify?token=${token}`,
    `${api}/reset/${token}`,
  ]
  for (let look = 0; look < 100; look++) {
    const path = places[look % places.length] ?? ''
    await door.send({ method: look % 2 === 0 ? 'GET' : 'HEAD', path })
  }
  for (let look = 0; look < 20; look++) expect((await ask('/reset/verify', { token })).status).toBe(200)
  expect((await ask('/reset', { token, password: 'azerty' })).status).toBe(422)
  expect((await ask('/reset', { token, password: passwords.second })).status).toBe(200)
  expect((await ask('/reset', { token, password: passwords.third })).status).toBe(403)
})

test('a token or a key is never in an address that a server sees, nor in what it writes down', async () => {
  const number = await active()
  const token = await tokenFor(stage, addressOf(number))
  await ask('/reset/verify', { token })
  await ask('/reset', { token, password: passwords.second })
  await door.send({ path: `${api}/reset/verify?token=${token}` })
  await door.send({ path: `/creation-motdepasse/?token=${token}` })
  const log = JSON.stringify(door.log.lines)
  for (const secret of [token, passwords.second, number, addressOf(number)]) expect(log).not.toContain(secret)
})

describe('older links', () => {
  test('open nothing once a newer one was asked for, a password was chosen, or the address has changed', async () => {
    const [asked, chosen, moved] = [await active(), await active(), await active()]
    const older = await tokenFor(stage, addressOf(asked))
    await tokenFor(stage, addressOf(asked))
    const first = await tokenFor(stage, addressOf(chosen))
    await ask('/reset', { token: first, password: passwords.second })
    const mailed = await tokenFor(stage, addressOf(moved))
    await passOver(stage, [
      enrolled(asked),
      enrolled(chosen),
      enrolled(moved, { fixedAddress: 'new.address@example.org' }),
    ])
    for (const token of [older, first, mailed])
      expect((await ask('/reset', { token, password: passwords.third })).status).toBe(403)
  })
})

describe('a campus behind one address', () => {
  test('of a thousand students who mistype twice each, is let in all the same', async () => {
    const records = crowd(12)
    await passOver(stage, records)
    const campus = '192.0.2.77'
    const flows = createFlows(stage.house)
    const mistype = (studentNumber: string) =>
      flows.verifyKey({ studentNumber, key: 'ABCDEFGHJKMN', network: campus }).then(
        () => 'right',
        (error: unknown) => (error as { code: string }).code,
      )
    const strangers = Array.from({ length: 988 }, (_, index) => String(23_000_000 + index))
    const everybody = [...strangers, ...records.map(({ person: { number } }) => number)]
    for (let from = 0; from < everybody.length; from += 50) {
      const some = everybody.slice(from, from + 50)
      const codes = await Promise.all([...some, ...some].map(mistype))
      expect(new Set(codes)).toEqual(new Set(['KEY_REFUSED']))
    }
    for (const { person } of records) {
      const key = await keyFor(stage, person.number)
      const verified = flows.verifyKey({ studentNumber: person.number, key, network: campus })
      await expect(verified).resolves.toHaveProperty('context')
    }
  })

  test('cannot be used against one student: whoever is guessed at gets in from anywhere else', async () => {
    const number = freshNumber()
    await passOver(stage, [enrolled(number)])
    const flows = createFlows(stage.house)
    for (let each = 0; each < 20; each++)
      await expect(
        flows.verifyKey({ studentNumber: number, key: 'ABCDEFGHJKMN', network: `198.51.100.${each % 3}` }),
      ).rejects.toBeDefined()
    const key = await keyFor(stage, number)
    const verified = createFlows(stage.house).verifyKey({ studentNumber: number, key, network: '192.0.2.5' })
    await expect(verified).resolves.toHaveProperty('context')
    // And a page that was started again has forgotten nothing of who guessed.
    await expect(
      createFlows(stage.house).verifyKey({ studentNumber: number, key, network: '198.51.100.0' }),
    ).rejects.toMatchObject({ code: 'TOO_MANY_ATTEMPTS' })
  })
})

test('nobody is mailed more often for a page that was started again', async () => {
  const number = await active()
  await post(stage)
  stage.mail.received.length = 0
  for (let start = 0; start < 5; start++) {
    await using fresh = await openDoor(stage)
    await fresh.post(`${api}/reset-requests`, JSON.stringify({ email: addressOf(number) }))
    await post(stage)
  }
  expect(stage.mail.to(addressOf(number))).toHaveLength(3)
})

test('whoever types passwords without end spends nothing of what an activation needs', async () => {
  const { createApp } = await import('../../web/app.ts')
  const { config, keptLog, script } = await import('./app-fixture.ts')
  const app = await createApp({
    flows: script().flows,
    config: config({ requestsPerMinute: 5, judgementsPerMinute: 3 }),
    log: keptLog(),
    clock: stage.clock,
    chance: stage.house.chance,
  })
  const send = async (url: string, payload: object) =>
    (await app.inject({ method: 'POST', url: api + url, payload })).statusCode
  const judged = []
  for (let each = 0; each < 20; each++) judged.push(await send('/password-strength', { password: 'a' }))
  expect(judged.filter((status) => status === 200)).toHaveLength(3)
  expect(judged.filter((status) => status === 429)).toHaveLength(17)
  const verify = { studentNumber: '21100001', key: 'ABCD-EFGH-JKMN' }
  for (let each = 0; each < 5; each++) expect(await send('/activation/verify', verify)).toBe(200)
  expect(await send('/activation/verify', verify)).toBe(429)
  await app.close()
})
