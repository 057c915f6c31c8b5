import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { deliver } from '../../daemon/letter/deliver.ts'
import { remind } from '../../daemon/letter/remind.ts'
import { pass } from '../../daemon/pass.ts'
import { reminders, stepReached } from '../../domain/reminder.ts'
import { voidRunOutTokens } from '../../registry/tokens.ts'
import { createFlows } from '../../web/flow/flows.ts'
import { activate, approveAll, passwords, settled, tokenFor } from '../run/acts.ts'
import { day, hour, minute } from '../run/moved-clock.ts'
import { enrolled, freshNumber } from '../run/people.ts'
import type { Stage } from '../run/stage.ts'
import { keyIn, lettersTo, openGuideStage, subjects } from '../guide/morning.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openGuideStage()
})
afterAll(() => stage[Symbol.asyncDispose]())
beforeEach(() => stage.afresh())

const addressOf = (number: string) => `p${number}@example.org`
const reminder = "Rappel : votre compte Sorbonne Université n'est pas encore activé"
const warning = 'Votre compte Sorbonne Université sera bientôt fermé'
const count = (number: string, subject: string) => lettersTo(stage, addressOf(number), subject).length

/** What the daemon does at an instant. */
async function at(instant: string): Promise<void> {
  stage.clock.set(instant)
  await pass(stage.rooms)
  await remind(stage.rooms)
  await deliver(stage.rooms, 1_000)
}

async function invited(instant: string, address?: string): Promise<string> {
  const number = freshNumber()
  stage.clock.set(instant)
  await stage.drop([enrolled(number, address === undefined ? {} : { fixedAddress: address })])
  await pass(stage.rooms)
  return number
}

describe('whoever has not used the key', () => {
  test('is reminded once on the seventh and once on the thirtieth day, with the same key, and never again', async () => {
    const number = await invited('2026-09-14T08:00:00Z')
    await at('2026-09-15T05:30:00Z')
    await at('2026-09-21T12:00:00Z')
    expect(count(number, reminder)).toBe(0)
    await at('2026-09-22T04:59:00Z')
    expect(count(number, reminder)).toBe(0)
    for (const instant of ['2026-09-22T05:01:00Z', '2026-09-22T05:11:00Z', '2026-09-30T05:00:00Z'])
      await at(instant)
    expect(count(number, reminder)).toBe(1)
    for (const instant of ['2026-10-15T05:01:00Z', '2026-10-16T05:00:00Z', '2027-02-01T06:00:00Z'])
      await at(instant)
    expect(count(number, reminder)).toBe(2)
    const letters = stage.mail.to(addressOf(number)).map(keyIn)
    expect(new Set(letters).size).toBe(1)
    expect(letters).not.toContain(null)
  })

  test('and was not looked at for two months is reminded once', async () => {
    const number = await invited('2026-09-14T08:00:00Z')
    await at('2026-09-15T05:30:00Z')
    await at('2026-11-20T06:00:00Z')
    await at('2026-11-20T07:00:00Z')
    expect(count(number, reminder)).toBe(1)
  })

  test('but activated, cancelled, or came to share the address meanwhile, is not', async () => {
    const [active, cancelled, shares] = [freshNumber(), freshNumber(), freshNumber()]
    stage.clock.set('2026-09-14T08:00:00Z')
    await stage.drop([active, cancelled, shares].map((number) => enrolled(number)))
    await at('2026-09-15T05:30:00Z')
    await activate(stage, active)
    await stage.drop([
      enrolled(active),
      enrolled(cancelled, { state: 'A' }),
      enrolled(shares),
      enrolled(freshNumber(), { fixedAddress: addressOf(shares) }),
    ])
    await at('2026-09-22T05:30:00Z')
    for (const number of [active, cancelled, shares]) expect(count(number, reminder)).toBe(0)
  })
})

describe('at the end of a year', () => {
  /** Enrolled and active in 2026-27 alone, in grace from the first of September. */
  async function inGrace(): Promise<string> {
    const number = freshNumber()
    await settled(stage, [enrolled(number)])
    return number
  }

  test('whoever has no right in the next one is warned 30 and 10 days before the end of grace, once each', async () => {
    const number = await inGrace()
    await at('2027-10-30T06:00:00Z')
    expect(count(number, warning)).toBe(0)
    for (const instant of ['2027-10-31T06:01:00Z', '2027-11-01T06:01:00Z', '2027-11-19T06:01:00Z'])
      await at(instant)
    expect(count(number, warning)).toBe(1)
    for (const instant of ['2027-11-20T06:01:00Z', '2027-11-30T06:00:00Z', '2027-12-01T06:01:00Z'])
      await at(instant)
    const letters = lettersTo(stage, addressOf(number), warning)
    expect(letters).toHaveLength(2)
    expect(letters[0]?.text).toContain("jusqu'au 30/11/2027 inclus")
    await approveAll(stage)
  })

  test('whoever has enrolled again is not', async () => {
    const number = await inGrace()
    stage.clock.set('2027-09-15T06:00:00Z')
    await stage.drop([enrolled(number, { years: ['2026', '2027'] })], { openYears: ['2027'] })
    await pass(stage.rooms)
    await approveAll(stage)
    await at('2027-11-01T06:01:00Z')
    expect(count(number, warning)).toBe(0)
  })
})

describe.each([
  ['2026-10-24', '2026-10-25T05:59:00Z', '2026-10-25T06:01:00Z', 'winter begins'],
  ['2027-03-27', '2027-03-28T04:59:00Z', '2027-03-28T05:01:00Z', 'summer begins'],
])('in the night after %s', (eve, before, after) => {
  test('the letter leaves at seven as clocks show it, once, however often it is looked at', async () => {
    const number = await invited(`${eve}T10:00:00Z`)
    for (let half = 0; half < 36; half++) {
      const instant = new Date(new Date(`${eve}T12:00:00Z`).getTime() + half * 30 * minute).toISOString()
      if (instant < before) await at(instant)
    }
    await at(before)
    expect(count(number, subjects.invitation)).toBe(0)
    await at(after)
    expect(count(number, subjects.invitation)).toBe(1)
    // The hour that comes twice, and a clock set back by an hour and by a day.
    for (const back of [hour, day]) {
      await at(new Date(new Date(after).getTime() - back).toISOString())
      await at(after)
    }
    expect(count(number, subjects.invitation)).toBe(1)
  })

  test('a link lives 43,200 seconds, whatever clocks show', async () => {
    const number = freshNumber()
    stage.clock.set(`${eve}T20:00:00Z`)
    await settled(stage, [enrolled(number)])
    const asked = stage.clock.now().getTime()
    const token = await tokenFor(stage, addressOf(number))
    const flows = createFlows(stage.house)
    stage.clock.set(new Date(asked + 43_199_000).toISOString())
    expect(await flows.verifyToken({ token, network: '192.0.2.1' })).toHaveProperty('context')
    stage.clock.set(new Date(asked + 43_201_000).toISOString())
    await expect(flows.verifyToken({ token, network: '192.0.2.1' })).rejects.toMatchObject({
      code: 'TOKEN_REFUSED',
    })
  })
})

test('a reminder and a warning come once, though the clock is set back', async () => {
  const number = await invited('2026-09-14T08:00:00Z')
  await at('2026-09-15T05:30:00Z')
  for (const instant of [
    '2026-09-22T05:01:00Z',
    '2026-09-22T04:01:00Z',
    '2026-09-21T05:01:00Z',
    '2026-09-22T05:01:00Z',
  ])
    await at(instant)
  expect(count(number, reminder)).toBe(1)
})

test('a link whose time was over stays dead when the clock is set back', async () => {
  const number = freshNumber()
  await settled(stage, [enrolled(number)])
  const asked = stage.clock.now().getTime()
  const token = await tokenFor(stage, addressOf(number))
  stage.clock.set(new Date(asked + 13 * hour).toISOString())
  await voidRunOutTokens(stage.rooms.registry.db, stage.clock.now())
  stage.clock.set(new Date(asked + hour).toISOString())
  const reset = createFlows(stage.house).reset({ token, password: passwords.second, network: '192.0.2.1' })
  await expect(reset).rejects.toMatchObject({ code: 'TOKEN_REFUSED' })
})

test('the step reached never goes back as time goes on, and is one of those asked for', () => {
  const days = fc.uniqueArray(fc.integer({ min: 1, max: 365 }), { maxLength: 5 })
  fc.assert(
    fc.property(days, fc.nat(400), fc.nat(400), (steps, one, other) => {
      const sent = new Date('2026-09-15T05:00:00Z')
      const all = reminders(sent, steps, '07:00')
      const reached = (after: number) => stepReached(all, new Date(sent.getTime() + after * day)) ?? 0
      expect(reached(Math.max(one, other))).toBeGreaterThanOrEqual(reached(Math.min(one, other)))
      expect([0, ...steps]).toContain(reached(one))
    }),
  )
})

describe('a faculty with an address and composantes', () => {
  const faculties = [
    {
      id: 'sciences',
      name_fr: 'Sciences',
      name_en: 'Science',
      contact: 'sciences@example.org',
      components: ['SCI'],
    },
    {
      id: 'lettres',
      name_fr: 'Lettres',
      name_en: 'Arts',
      contact: 'lettres@example.org',
      components: ['LET', 'PHI'],
    },
    { id: 'droit', name_fr: 'Droit', name_en: 'Law', contact: 'droit@example.org', components: ['DRT'] },
    {
      id: 'doctorat',
      name_fr: 'Doctorat',
      name_en: 'Doctorate',
      contact: 'https://example.org',
      components: ['SCI'],
    },
  ].map((faculty) => ({ ...faculty, letter_fr: '', letter_en: '' }))
  const list = 'Adresses électroniques à corriger dans Apogée'
  const sent = (contact: string) => stage.mail.to(contact).filter(({ subject }) => subject.startsWith(list))

  async function weekly(instant: string): Promise<void> {
    stage.clock.set(instant)
    const rooms = { ...stage.rooms, rules: { ...stage.rooms.rules, faculties } }
    await remind(rooms)
    await deliver(rooms, 1_000)
  }

  test('is sent what is wrong in its own composantes, on Monday morning, once', async () => {
    stage.clock.set('2026-10-23T08:00:00Z')
    const [shares, too, missing, lettered] = [freshNumber(), freshNumber(), freshNumber(), freshNumber()]
    const inLetters = enrolled(lettered, { fixedAddress: 'nonsense' })
    await stage.drop([
      enrolled(shares, { fixedAddress: 'famille@example.org' }),
      enrolled(too, { fixedAddress: 'famille@example.org' }),
      enrolled(missing, { fixedAddress: null }),
      { ...inLetters, enrolments: inLetters.enrolments.map((each) => ({ ...each, component: 'PHI' })) },
    ])
    await pass(stage.rooms)
    // The night in which winter begins, the Monday after it, and the clock set back in between.
    for (const instant of ['2026-10-25T08:00:00Z', '2026-10-26T05:59:00Z']) await weekly(instant)
    expect(sent('sciences@example.org')).toEqual([])
    for (const instant of [
      '2026-10-26T06:01:00Z',
      '2026-10-26T05:30:00Z',
      '2026-10-26T06:11:00Z',
      '2026-10-28T06:00:00Z',
    ])
      await weekly(instant)
    const [sciences, ...more] = sent('sciences@example.org')
    expect(more).toEqual([])
    expect(sciences?.attachments.map(({ name }) => name)).toEqual([
      'shared-addresses.csv',
      'invalid-addresses.csv',
    ])
    const told = (sciences?.attachments ?? []).map(({ text }) => text).join('\n')
    for (const number of [shares, too, missing]) expect(told).toContain(number)
    expect(told).not.toContain(lettered)
    const [letters] = sent('lettres@example.org')
    expect(letters?.attachments.map(({ name }) => name)).toEqual(['invalid-addresses.csv'])
    expect(letters?.attachments[0]?.text).toContain(lettered)
    expect(sent('droit@example.org')).toEqual([])
    await weekly('2026-11-02T06:01:00Z')
    expect(sent('sciences@example.org')).toHaveLength(2)
  })

  test('is sent nothing when all is well, nor a day late', async () => {
    await invited('2026-10-23T08:00:00Z', 'ada@example.org')
    await weekly('2026-10-26T06:01:00Z')
    await weekly('2026-11-03T06:30:00Z')
    expect(sent('sciences@example.org')).toEqual([])
  })
})
