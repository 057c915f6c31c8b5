import type { Browser, Page } from 'playwright-core'
import { expect } from 'vitest'
import type { FailureCode } from '../../web/page/failure.ts'
import { en } from '../../web/page/texts/en.ts'
import { fr } from '../../web/page/texts/fr.ts'
import { password } from '../web/app-fixture.ts'
import { look } from './look.ts'
import type { ScriptedPage } from './scripted-page.ts'

/** The width of a phone, a tablet and a desktop. */
const widths = [360, 768, 1280]

/** Both languages, and with them both schemes of colours. */
export const tongues = [
  { language: 'fr', words: fr, locale: 'fr-FR', scheme: 'light' },
  { language: 'en', words: en, locale: 'en-GB', scheme: 'dark' },
] as const

type Tongue = (typeof tongues)[number]

/** A page of its own; what goes wrong in it is put under `errors`. */
export async function openIn(
  browser: Browser,
  { locale, scheme, errors }: Pick<Tongue, 'locale' | 'scheme'> & { errors: string[] },
): Promise<Page> {
  const context = await browser.newContext({ locale, colorScheme: scheme, timezoneId: 'Europe/Paris' })
  const page = await context.newPage()
  page.on('pageerror', (error) => errors.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      errors.push(message.text())
  })
  return page
}

/** How the states of the student's page are reached and looked at. Nothing of what is looked at is in the other language,
 *  since it is found by its words. */
export function statesOf({
  language,
  words,
  page: now,
  scripted,
}: Pick<Tongue, 'language' | 'words'> & { page: () => Page; scripted: () => ScriptedPage }) {
  const heading = (name: string) => now().getByRole('heading', { level: 1, name }).waitFor()
  const press = (name: string) => now().getByRole('button', { name, exact: true }).click()
  const says = (text: string) => now().getByText(text).first().waitFor()
  const at = async (place: string, title: string) => {
    const { baseUrl, address } = scripted()
    await now().goto('about:blank')
    await now().goto(place.startsWith('/') ? baseUrl + place : address + place)
    await heading(title)
  }
  return {
    at,
    press,
    says,
    heading,
    seen: async (picture: string | null = null) => {
      expect(await now().locator('html').getAttribute('lang')).toBe(language)
      await look(now(), widths, picture === null ? null : `${picture}-${language}`)
    },
    fails: (code: FailureCode, retryAfterSeconds: number | null = null) =>
      now()
        .getByRole('group', { name: words.failures[code]({ code, retryAfterSeconds, reasons: [] }).title })
        .waitFor(),
    giveKey: async () => {
      await at('', words.key.title)
      await now().getByLabel(words.key.number).fill('21100001')
      await now().getByLabel(words.key.key).fill('ABCDEFGHJKMN')
      await press(words.key.submit)
      await heading(words.password.title)
    },
    choose: async (typed: string) => {
      await now().getByLabel(words.password.label).fill(typed)
      if (typed === password) await says(words.password.accepted)
    },
  }
}
