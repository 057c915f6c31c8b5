import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { ErrorCode, ErrorFacts } from '../../platform/error.ts'
import type { Flows } from '../../web/flows.ts'
import type { FailureCode } from '../../web/page/failure.ts'
import { openBrowser } from '../run/servers/browser.ts'
import { password, token, type Script } from '../web/app-fixture.ts'
import { openScriptedPage, type ScriptedPage } from './scripted-page.ts'
import { openIn, statesOf, tongues } from './states.ts'

vi.setConfig({ testTimeout: 180_000 })

/** What a student sees while the house works, and when it has no time for them: each button at work, and each call refused
 *  for too many tries or by a house that is away. */
let scripted: ScriptedPage
let told: Script
let browser: Browser
beforeAll(async () => {
  scripted = await openScriptedPage()
  ;({ told } = scripted)
  browser = await openBrowser()
})
afterAll(async () => {
  await browser.close()
  await scripted[Symbol.asyncDispose]()
})

/** What any call may be answered. */
const troubles: readonly [code: FailureCode & ErrorCode, facts: ErrorFacts, seconds: number | null][] = [
  ['TOO_MANY_ATTEMPTS', { details: { retryAfterSeconds: 600 } }, 600],
  ['UNAVAILABLE', { transient: true }, null],
]

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
  const { at, press, says, heading, fails, seen, giveKey, choose } = statesOf({
    language,
    words,
    page: () => page,
    scripted: () => scripted,
  })
  /** The button at work, then what it says when it may not. The button stays where it is and keeps the focus. */
  const pressed = async (act: keyof Flows, idle: string, sending: string, picture: string | null) => {
    const release = told.hold(act)
    told.fail(act, 'UNEXPECTED')
    await press(idle)
    const button = page.getByRole('button', { name: sending, exact: true })
    await button.waitFor()
    expect(await button.getAttribute('aria-disabled')).toBe('true')
    expect(await page.evaluate('document.activeElement.textContent')).toBe(sending)
    // The password may still be judged meanwhile.
    const asked = () => told.calls.filter((call) => call.act === act).length
    const before = asked()
    await page.keyboard.press('Enter')
    await seen(picture)
    expect(asked()).toBe(before)
    release()
    await fails('UNEXPECTED')
    for (const [code, facts, seconds] of troubles) {
      told.fail(act, code, facts)
      await press(idle)
      await fails(code, seconds)
      await seen(picture === null || seconds === null ? null : picture.replace('busy', 'too-often'))
    }
    told.mend(act)
  }

  test('the key', async () => {
    await at('', words.key.title)
    await page.getByLabel(words.key.number).fill('21100001')
    await page.getByLabel(words.key.key).fill('ABCDEFGHJKMN')
    await pressed('verifyKey', words.key.submit, words.key.sending, 'states-busy-key')
    await press(words.key.submit)
    await heading(words.password.title)
  })

  test('the password, and a judgement asked for too often', async () => {
    await giveKey()
    const release = told.hold('judge')
    await choose('le tilleul')
    await says(words.password.judging)
    await seen()
    release()
    told.fail('judge', 'TOO_MANY_ATTEMPTS', { details: { retryAfterSeconds: 30 } })
    await choose('le tilleul penche')
    await says(words.password.unjudged)
    await seen()
    told.mend('judge')
    await choose(password)
    await pressed('activate', words.password.submitActivation, words.password.sending, 'states-busy-password')
    // Whatever is wrong with the key by now is said where it can be mended.
    told.fail('activate', 'KEY_USED')
    await press(words.password.submitActivation)
    await heading(words.key.title)
    await fails('KEY_USED')
    await seen()
    told.mend('activate')
  })

  test('a link is asked for while the house is away', async () => {
    await at('#/reinitmdp-mail', words.resetRequest.title)
    await page.getByLabel(words.resetRequest.email).fill('ada@example.org')
    const release = told.hold('requestReset')
    told.fail('requestReset', 'UNAVAILABLE', { transient: true })
    await press(words.resetRequest.submit)
    await page.getByRole('button', { name: words.resetRequest.sending, exact: true }).waitFor()
    await seen()
    release()
    await fails('UNAVAILABLE')
    await seen('states-away')
    told.mend('requestReset')
  })

  test('a link that is being looked at, and its password', async () => {
    const place = `#/reinitmdp-token?token=${token}`
    const release = told.hold('verifyToken')
    await at(place, words.reset.title)
    await says(words.reset.checking)
    await seen()
    told.fail('verifyToken', 'TOO_MANY_ATTEMPTS', { details: { retryAfterSeconds: 600 } })
    release()
    await fails('TOO_MANY_ATTEMPTS', 600)
    await seen()
    told.mend('verifyToken')
    await press(words.reset.checkAgain)
    await choose(password)
    await pressed('reset', words.password.submitReset, words.password.sending, null)
  })

  test('progress that is asked for too often', async () => {
    told.fail('progress', 'TOO_MANY_ATTEMPTS', { details: { retryAfterSeconds: 60 } })
    await at('#/suivi/h2Jk9sPqW4', words.progress.pageTitle)
    await fails('TOO_MANY_ATTEMPTS', 60)
    await seen()
    told.mend('progress')
  })
})
