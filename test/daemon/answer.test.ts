import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { judge } from '../../daemon/judge.ts'
import { pass } from '../../daemon/pass.ts'
import { read } from '../../daemon/read.ts'
import { createFlows } from '../../web/flow/flows.ts'
import { passOver, passwords, post, settleAll, settled, tokenFor } from '../run/acts.ts'
import { hour, minute, second } from '../run/moved-clock.ts'
import { enrolled, freshNumber } from '../run/people.ts'
import { openStage, type Stage } from '../run/stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage[Symbol.asyncDispose]())
beforeEach(() => stage.afresh())

const network = '192.0.2.1'
const ask = (email: string) => createFlows(stage.house).requestReset({ email, network })
const reset = (token: string, password: string = passwords.second) =>
  createFlows(stage.house).reset({ token, password, network })
const refused = { code: 'TOKEN_REFUSED' }

/** What comes of one request: the subjects of the letters, all to the stored address. */
async function answersTo(email: string, stored = email): Promise<string[]> {
  stage.mail.received.length = 0
  await ask(email)
  await post(stage)
  for (const { to } of stage.mail.received) expect(to).toEqual([stored])
  return stage.mail.received.map(({ subject }) => subject)
}

/** Somebody with an active account and no letter under way. */
async function active(number = freshNumber()): Promise<{ number: string; address: string }> {
  await settled(stage, [enrolled(number)])
  await post(stage)
  return { number, address: `p${number}@example.org` }
}

const link = 'Réinitialisation de votre mot de passe Sorbonne Université'

describe('a request is answered', () => {
  test('with a link, in whatever case it was typed, and only at the stored address', async () => {
    const { address } = await active()
    expect(await answersTo(address.toUpperCase(), address)).toEqual([link])
    expect(stage.mail.received[0]?.text).toMatch(
      /^https:\/\/compte\.example\.org\/creation-motdepasse\/#\/reinitmdp-token\?token=[0-9A-Za-z]{30}$/m,
    )
  })

  test.each(['nobody@example.org', 'ſomebody@example.org', 'p21500001@example.org, x@example.net', ' '])(
    'with nothing where the address is unknown: %s',
    async (address) => {
      await active()
      expect(await answersTo(address)).toEqual([])
      expect(await stage.rooms.registry.db.selectFrom('reset_request').selectAll().execute()).toEqual([])
    },
  )

  test('with the reason where the address is shared, again and again, and never with a link', async () => {
    const [one, other] = [freshNumber(), freshNumber()]
    const fixedAddress = 'both@example.org'
    await settled(stage, [enrolled(one), enrolled(other)])
    await passOver(stage, [enrolled(one, { fixedAddress }), enrolled(other, { fixedAddress })])
    await post(stage)
    const shared = 'Votre adresse électronique est partagée par plusieurs dossiers'
    expect(await answersTo(fixedAddress)).toEqual([shared])
    expect(await answersTo(fixedAddress)).toEqual([shared])
    expect(stage.mail.received[0]?.text).not.toMatch(new RegExp(`${one}|${other}|token=`))
  })

  test('with the reason where the account is not activated, or has no right', async () => {
    const [invited, gone] = [freshNumber(), freshNumber()]
    await settled(stage, [enrolled(gone)])
    await passOver(stage, [enrolled(invited), enrolled(gone, { state: 'A' })])
    await post(stage)
    const [first] = await answersTo(`p${invited}@example.org`)
    const [second] = await answersTo(`p${gone}@example.org`)
    expect(first).not.toBe(second)
    expect([first, second]).not.toContain(link)
    expect([first, second]).not.toContain(undefined)
  })

  test('no more than three times in an hour for one address, whoever asks', async () => {
    const { address } = await active()
    for (let times = 0; times < 6; times++) {
      await createFlows(stage.house).requestReset({ email: address, network: `192.0.2.${times}` })
    }
    stage.mail.received.length = 0
    await post(stage)
    expect(stage.mail.to(address).length).toBeLessThanOrEqual(3)
    const { count } = await stage.rooms.registry.db
      .selectFrom('letter')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('kind', '=', 'reset')
      .executeTakeFirstOrThrow()
    expect(count).toBe(3)
    expect(await answersTo(address)).toEqual([])
    stage.clock.move(hour)
    expect(await answersTo(address)).toEqual([link])
  })
})

test('of several links only the newest works, and only once', async () => {
  const { number, address } = await active()
  const older = await tokenFor(stage, address)
  const newest = await tokenFor(stage, address)
  await expect(reset(older)).rejects.toMatchObject(refused)
  await expect(reset(newest)).resolves.toMatchObject({ login: number })
  await expect(reset(newest, passwords.third)).rejects.toMatchObject(refused)
  await settleAll(stage)
  expect(await stage.bind(number, passwords.second)).toEqual([true, true, true])
})

test('a link lives for twelve hours, to the second', async () => {
  const { address } = await active()
  const started = stage.clock.now().getTime()
  const token = await tokenFor(stage, address)
  stage.clock.set(new Date(started + 12 * hour - second).toISOString())
  await expect(createFlows(stage.house).verifyToken({ token, network })).resolves.toHaveProperty('context')
  stage.clock.set(new Date(started + 12 * hour + second).toISOString())
  await expect(reset(token)).rejects.toMatchObject(refused)
  // Clocks set back revive no link that was used, and this one was not.
  stage.clock.set(new Date(started + hour).toISOString())
  await reset(token)
  stage.clock.set(new Date(started).toISOString())
  await expect(reset(token)).rejects.toMatchObject(refused)
})

test('a link is void once the address has changed', async () => {
  const { number, address } = await active()
  const token = await tokenFor(stage, address)
  await stage.drop([enrolled(number, { fixedAddress: 'elsewhere@example.org' })])
  await read(stage.rooms)
  await expect(reset(token)).rejects.toMatchObject(refused)
})

test('an address that changes in case alone voids nothing', async () => {
  const { number, address } = await active()
  const token = await tokenFor(stage, address)
  await stage.drop([enrolled(number, { fixedAddress: address.toUpperCase() })])
  await pass(stage.rooms)
  await expect(reset(token)).resolves.toMatchObject({ login: number })
})

test('a link opens nothing without a right, nor while the address is shared', async () => {
  const [leaves, shares] = [await active(), await active()]
  const tokens = [await tokenFor(stage, leaves.address), await tokenFor(stage, shares.address)]
  await stage.drop([
    enrolled(leaves.number, { state: 'A' }),
    enrolled(shares.number),
    enrolled(freshNumber(), { fixedAddress: shares.address }),
  ])
  await read(stage.rooms)
  await judge(stage.rooms)
  for (const token of tokens) await expect(reset(token)).rejects.toMatchObject(refused)
})

test('a request is answered once, though two answer at the same time', async () => {
  const { address } = await active()
  stage.clock.move(minute)
  stage.mail.received.length = 0
  await ask(address)
  await Promise.all([post(stage), post(stage)])
  await post(stage)
  expect(stage.mail.to(address)).toHaveLength(1)
})
