import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { ErrorCode, ErrorFacts } from '../../platform/error.ts'
import type { Progress } from '../../web/flows.ts'
import type { FailureCode } from '../../web/page/failure.ts'
import { openBrowser } from '../run/servers/browser.ts'
import { done, password, pending, token, type Script } from '../web/app-fixture.ts'
import { hopeless, openScriptedPage, type ScriptedPage } from './scripted-page.ts'
import { openIn, statesOf, tongues } from './states.ts'

vi.setConfig({ testTimeout: 180_000 })

/** Every page and state that a student can meet, each looked at as states.ts says. What the house does behind the page is
 *  told in pages.test.ts; here it says what the script says. */
let scripted: ScriptedPage
let asking: ScriptedPage
let told: Script
let browser: Browser
beforeAll(async () => {
  scripted = await openScriptedPage()
  asking = await openScriptedPage({ asksBirthDate: true })
  told = scripted.told
  browser = await openBrowser()
})
afterAll(async () => {
  await browser.close()
  await scripted[Symbol.asyncDispose]()
  await asking[Symbol.asyncDispose]()
})

describe.each(tongues)('in $language', ({ language, words, locale, scheme }) => {
  let page: Page
  const errors: string[] = []
  beforeEach(async () => {
    page = await openIn(browser, { locale, scheme, errors })
  })
  afterEach(async () => {
    await page.context().close()
    expect(errors.splice(0)).toEqual([])
  })
  const { at, press, says, fails, seen, giveKey, choose } = statesOf({
    language,
    words,
    page: () => page,
    scripted: () => scripted,
  })

  test('activation: empty, with slips, and a key that is refused in every way', async () => {
    await at('', words.key.title)
    await seen('states-activation')
    await press(words.key.submit)
    await says(words.toCorrect)
    await seen('states-slips')
    await page.getByLabel(words.key.number).fill('21a')
    await press(words.key.submit)
    await says(words.key.numberInvalid)
    await seen()

    await page.getByLabel(words.key.number).fill('21100001')
    await page.getByLabel(words.key.key).fill('ABCDEFGHJKMN')
    for (const code of [
      'KEY_REFUSED',
      'KEY_USED',
      'KEY_REPLACED',
      'RIGHT_MISSING',
      'ADDRESS_SHARED',
      'REQUEST_INVALID',
    ] as (FailureCode & ErrorCode)[]) {
      told.fail('verifyKey', code)
      await press(words.key.submit)
      await fails(code)
      await seen()
    }
    told.throwing('verifyKey', new Error('nobody foresaw this'))
    await press(words.key.submit)
    await fails('UNEXPECTED')
    await seen()
    await page.context().setOffline(true)
    await press(words.key.submit)
    await fails('NETWORK_LOST')
    await page.context().setOffline(false)
    await seen()
    told.mend('verifyKey')
  })

  test('activation where the birth date is asked: missing, no date, refused', async () => {
    await page.goto(asking.address)
    const field = page.getByLabel(words.key.birthDate)
    await field.waitFor()
    await press(words.key.submit)
    await says(words.key.birthDateMissing)
    await seen()
    await page.getByLabel(words.key.number).fill('21100001')
    await page.getByLabel(words.key.key).fill('ABCDEFGHJKMN')
    await field.fill('31/02/2006')
    await press(words.key.submit)
    await says(words.key.birthDateInvalid)
    await seen()
    asking.told.fail('verifyKey', 'KEY_REFUSED')
    await field.fill('10/12/2006')
    await press(words.key.submit)
    await says(words.key.birthDateRefused)
    await seen()
    asking.told.mend('verifyKey')
  })

  test('the password: empty, weak, wrong in every way, unjudged, strong, shown, refused', async () => {
    await giveKey()
    await seen()
    await press(words.password.submitActivation)
    await says(words.password.missing)
    await seen()
    await choose('azerty')
    await says(words.password.reasons.TOO_SHORT)
    await seen()
    await choose(hopeless)
    for (const reason of Object.values(words.password.reasons)) await says(reason)
    await press(words.password.submitActivation)
    await says(words.password.notYet)
    await seen('states-password-reasons')
    told.fail('judge', 'UNAVAILABLE', { transient: true })
    await choose('le tilleul')
    await says(words.password.unjudged)
    await seen()
    told.mend('judge')
    await choose(password)
    await seen()
    await press(words.password.reveal)
    await says(words.password.revealed)
    await seen()
    told.fail('activate', 'PASSWORD_REFUSED', { details: { reasons: ['COMMON'] } })
    await press(words.password.submitActivation)
    await fails('PASSWORD_REFUSED')
    await says(words.password.reasons.COMMON)
    await seen()
    told.mend('activate')
    await page.goBack()
    await says(words.key.lead)
    expect(await page.getByLabel(words.key.number).inputValue()).toBe('21100001')
  })

  test('activated: with an address, and without one', async () => {
    for (const personal of ['ada@example.org', null]) {
      scripted.personalAddress = personal
      told.progress = personal === null ? done : pending
      await giveKey()
      await choose(password)
      await press(words.password.submitActivation)
      await page.getByRole('heading', { level: 1, name: words.done.title }).waitFor()
      await says(personal === null ? words.done.noAddressTitle : words.done.letters(personal))
      await says(words.progress.canSignIn)
      await seen(personal === null ? 'states-no-address' : null)
    }
  })

  test('a link is asked for: empty, no address, of the university, sent', async () => {
    await at('#/reinitmdp-mail', words.resetRequest.title)
    await seen()
    await press(words.resetRequest.submit)
    await says(words.resetRequest.missing)
    await seen()
    const address = page.getByLabel(words.resetRequest.email)
    await address.fill('ada')
    await press(words.resetRequest.submit)
    await says(words.resetRequest.invalid)
    await seen()
    await address.fill('ada@etu.upmc.fr')
    await press(words.resetRequest.submit)
    await fails('ADDRESS_INSTITUTIONAL')
    await seen()
    await address.fill('ada@example.org')
    await press(words.resetRequest.submit)
    await page.getByRole('heading', { level: 1, name: words.resetRequest.sentTitle }).waitFor()
    await seen()
  })

  test('a link is followed: good, gone from the address bar, used, not to be checked, and what follows', async () => {
    await at(`#/reinitmdp-token?token=${token}`, words.reset.title)
    await page.getByLabel(words.password.label).waitFor()
    await seen()
    await choose(password)
    told.fail('reset', 'TOKEN_REFUSED')
    await press(words.password.submitReset)
    await fails('TOKEN_REFUSED')
    await seen()
    told.mend('reset')
    told.progress = pending
    await press(words.password.submitReset)
    await page.getByRole('heading', { level: 1, name: words.reset.doneTitle }).waitFor()
    await says(words.progress.canSignIn)
    await seen()

    await at('#/reinitmdp-token', words.reset.noTokenTitle)
    await seen()
    told.fail('verifyToken', 'TOKEN_REFUSED')
    await at(`#/reinitmdp-token?token=${token}`, words.reset.title)
    await fails('TOKEN_REFUSED')
    await seen()
    told.fail('verifyToken', 'UNAVAILABLE', { transient: true })
    await at(`#/reinitmdp-token?token=${token}`, words.reset.title)
    await fails('UNAVAILABLE')
    await page.getByRole('button', { name: words.reset.checkAgain }).waitFor()
    await seen()
    told.mend('verifyToken')
  })

  test('progress: not yet, under way, late, interrupted, done, unknown, not to be had', async () => {
    const place = '#/suivi/h2Jk9sPqW4'
    const [first, second] = pending.steps
    if (first === undefined || second === undefined) throw new Error('two steps')
    const late = { ...second, state: 'delayed' as const }
    const mailbox = { ...second, target: 'mailbox' }
    const [everywhere, slow] = [
      { ...first, state: 'pending' as const, at: null },
      { ...second, target: 'paris-sorbonne' },
    ]
    const stages: [Progress, string][] = [
      [{ ...pending, can_sign_in: false, mail: null, steps: [everywhere, slow] }, words.progress.cannotYet],
      [{ ...pending, steps: [first, slow, second, mailbox] }, words.progress.canSignIn],
      [done, words.progress.allDone],
    ]
    for (const [progress, sentence] of stages) {
      told.progress = progress
      await at(place, words.progress.pageTitle)
      await says(sentence)
      await seen()
    }
    told.progress = { ...pending, steps: [first, late, mailbox] }
    await page.clock.install()
    await at(place, words.progress.pageTitle)
    await says(words.progress.delayedNote)
    await seen('states-late')
    await page.context().setOffline(true)
    await page.clock.fastForward(60_000)
    await says(words.progress.stale)
    await page.context().setOffline(false)
    await seen()

    for (const [code, facts] of [['PROGRESS_UNKNOWN'], ['UNAVAILABLE', { transient: true }]] as [
      FailureCode & ErrorCode,
      ErrorFacts?,
    ][]) {
      told.fail('progress', code, facts)
      await at(place, words.progress.pageTitle)
      await fails(code)
      await seen()
    }
    told.mend('progress')
    told.progress = pending
  })

  test('help with every answer open, accessibility, and a page that does not exist', async () => {
    await at('#/aide', words.help.title)
    await says(language === 'fr' ? 'Faculté des Lettres' : 'Faculty of Arts')
    await seen()
    for (const { question } of words.help.topics) await page.getByText(question, { exact: true }).click()
    await seen()
    await at('/accessibilite', words.accessibility.title)
    await seen()
    await at('#/nulle-part', words.unknown.title)
    await seen()
  })
})
