import { afterAll, beforeAll, expect, test } from 'vitest'
import { api } from '../app-fixture.ts'
import { dumpOf } from '../door.ts'
import { keyFor, passOver, passwords, post, settleAll, tokenFor } from '../../run/acts.ts'
import { openDesk, type OpenDesk, type Visitor } from '../../run/desk.ts'
import { enrolled, freshNumber } from '../../run/people.ts'
import { openStage, type Stage } from '../../run/stage.ts'

let stage: Stage
let desk: OpenDesk
beforeAll(async () => {
  stage = await openStage()
  desk = await openDesk(stage)
})
afterAll(async () => {
  await desk[Symbol.asyncDispose]()
  await stage[Symbol.asyncDispose]()
})

/** A way from key to account to new password, with the helpdesk beside it, over real ports. */
test('of every key, link, password and session of a whole way, nothing is found in logs, registry, metrics and pages', async () => {
  const secrets = new Map<string, string>()
  const read: [where: string, text: string][] = []
  const number = freshNumber()
  const address = `p${number}@example.org`
  await passOver(stage, [enrolled(number)])
  await post(stage)
  secrets.set('the first key', await keyFor(stage, number))

  const page = async (path: string, body: object) => {
    const answer = await desk.visitor().send(api + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    read.push([path, answer.text])
    return answer
  }
  const ask = async (staff: Visitor, path: string) => {
    const answer = await staff.get(path)
    expect(answer.status, path).toBe(200)
    read.push([path, answer.text])
  }
  const staff = new Map<string, Visitor>()
  for (const role of ['support', 'registrar', 'security', 'operator']) {
    const visitor = await desk.as(role)
    staff.set(role, visitor)
    secrets.set(`the session of ${role}`, visitor.cookies.get('matricule-staff') ?? 'none')
  }
  const support = staff.get('support') as Visitor
  const seen = { reason: 'carte vue au guichet', identity_checked: true }
  const replaced = await support.post(`/students/${number}/key/replace`, seen)
  read.push(['replace', replaced.text])
  const key = await keyFor(stage, number)
  secrets.set('the second key', key)
  // The one place where a key is shown.
  expect((await support.post(`/students/${number}/key/reveal`, seen)).body).toMatchObject({ key })

  secrets.set('the first password', passwords.first).set('the second password', passwords.second)
  await page('/activation/verify', { studentNumber: number, key: secrets.get('the first key') })
  await page('/activation/verify', { studentNumber: number, key })
  await page('/password-strength', { password: passwords.first })
  await page('/activation', { studentNumber: number, key, password: passwords.first })
  await settleAll(stage)
  const token = await tokenFor(stage, address)
  secrets.set('the link', token)
  await page('/reset/verify', { token })
  await page('/reset', { token, password: passwords.second })
  await page('/reset', { token, password: passwords.first })
  await page('/activation', { studentNumber: number, key, password: passwords.second })
  await settleAll(stage)
  await post(stage)
  expect(await stage.bind(number, passwords.second)).toEqual([true, true, true])

  await ask(support, `/students/${number}`)
  await ask(support, `/students?query=${number}`)
  await ask(staff.get('registrar') as Visitor, '/lists/invalid-addresses')
  await ask(staff.get('operator') as Visitor, '/audit')
  await ask(staff.get('operator') as Visitor, '/plans')
  await ask(support, '/funnel')
  await ask(support, '/session')

  read.push(
    ['the log', JSON.stringify(desk.log.lines)],
    ['the metrics', await stage.house.metrics.text()],
    ['the registry', (await dumpOf(stage)).join('\n')],
  )
  for (const [what, secret] of secrets) {
    expect(secret.length, what).toBeGreaterThanOrEqual(12)
    for (const [where, text] of read) expect(text.includes(secret), `${what} in ${where}`).toBe(false)
  }
  // And what is looked for can be found where it is shown: the search is no blind one.
  expect(read.find(([where]) => where === 'the registry')?.[1]).toContain(number)
})
