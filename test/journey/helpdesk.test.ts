import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { createFlows } from '../../web/flow/flows.ts'
import { en } from '../../web/page/helpdesk/texts/en.ts'
import { fr as french } from '../../web/page/helpdesk/texts/fr.ts'
import { activate, keyFor, passOver, post } from '../run/acts.ts'
import { openDesk, type OpenDesk } from '../run/desk.ts'
import { crowd, enrolled, freshNumber } from '../run/people.ts'
import { openBrowser } from '../run/servers/browser.ts'
import { openStage, type Stage } from '../run/stage.ts'
import { look } from './look.ts'

vi.setConfig({ testTimeout: 180_000 })

let stage: Stage
let desk: OpenDesk
let browser: Browser
const [invited, active] = [freshNumber(), freshNumber()]
const shared = crowd(2).map(({ person: { number } }) =>
  enrolled(number, { fixedAddress: 'famille@example.org' }),
)
const others = crowd(30)
/** Each with a key, whose replacement nobody else's test sees. */
const toReplace = { fr: freshNumber(), en: freshNumber() }
const bare = enrolled(freshNumber(), { fixedAddress: null })
const wrong = enrolled(freshNumber(), { fixedAddress: 'pas une adresse' })

beforeAll(async () => {
  stage = await openStage({ at: new Date().toISOString() })
  desk = await openDesk(stage)
  browser = await openBrowser()
  const records = [
    enrolled(invited, { firstName: 'ÉLÉONORE', birthName: 'LEFÈVRE' }),
    enrolled(active),
    ...Object.values(toReplace).map((number) => enrolled(number)),
    bare,
    wrong,
    ...shared,
    ...others,
  ]
  await passOver(stage, records)
  await post(stage)
  await activate(stage, active)
  const { number = '' } = others[0]?.person ?? {}
  await createFlows(stage.house).requestReset({ email: `p${number}@example.org`, network: '192.0.2.1' })
  await post(stage)
  // Many lose their right at once: that waits for a person.
  await passOver(
    stage,
    records.map((each) => (others.includes(each) ? enrolled(each.person.number, { state: 'A' }) : each)),
  )
})
afterAll(async () => {
  await browser.close()
  await desk[Symbol.asyncDispose]()
  await stage[Symbol.asyncDispose]()
})

const errors: string[] = []
async function open(scheme: 'light' | 'dark', locale: string): Promise<BrowserContext> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    colorScheme: scheme,
    locale,
    timezoneId: 'Europe/Paris',
  })
  context.on('weberror', (error) => errors.push(error.error().message))
  context.on('console', (message) => {
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      errors.push(message.text())
  })
  return context
}

async function signIn(context: BrowserContext, id: string): Promise<Page> {
  const page = await context.newPage()
  await page.goto(`${desk.baseUrl}/helpdesk`)
  await page.getByRole('link', { name: /Se connecter|Sign in/ }).click()
  await page.getByRole('button', { name: `(${id})` }).click()
  await page.waitForURL(`${desk.baseUrl}/helpdesk`)
  await page.getByRole('heading', { level: 1 }).waitFor()
  return page
}

describe.each([
  { scheme: 'light', locale: 'fr-FR' },
  { scheme: 'dark', locale: 'en-GB' },
] as const)('in $locale, $scheme', ({ scheme, locale }) => {
  const fr = locale === 'fr-FR'
  const words = fr ? french : en
  const seen = (page: Page, state: string | null = null) =>
    look(page, [360, 768, 1280], state === null || !fr ? null : `helpdesk-${state}`)
  let context: BrowserContext
  beforeAll(async () => {
    context = await open(scheme, locale)
  })
  beforeEach(() => context.clearCookies())
  afterAll(() => context.close())

  test('support takes a call: finds the student, reads the card, tells the key', async () => {
    const welcome = await context.newPage()
    await welcome.goto(`${desk.baseUrl}/helpdesk`)
    await welcome.getByRole('heading', { level: 1 }).waitFor()
    await seen(welcome, 'welcome')
    await welcome.close()

    const page = await signIn(context, 'support')
    await seen(page)
    await page.getByLabel(fr ? 'Numéro ou nom' : 'Number or name').fill('lefev')
    await page.keyboard.press('Enter')
    await page.getByRole('link', { name: /LEFÈVRE/ }).waitFor()
    await seen(page, 'search')
    await page.getByRole('link', { name: /LEFÈVRE/ }).click()
    await page.getByText(/clef d’activation a été envoyée|est envoyée/).waitFor()
    await seen(page, 'card')

    await page.getByText(fr ? 'Communiquer la clef' : 'Tell the key', { exact: true }).click()
    const show = page.getByRole('button', { name: fr ? 'Voir la clef' : 'Show the key' })
    await show.click()
    await page.getByText(fr ? 'Donnez un motif.' : 'Give a reason.').waitFor()
    await seen(page)
    await page
      .getByLabel(fr ? 'Motif' : 'Reason')
      .first()
      .fill('carte vue au guichet')
    await show.click()
    await page.getByText(fr ? 'Cochez après avoir vérifié' : 'Tick this once').waitFor()
    await page.getByRole('checkbox').check()
    await show.click()
    const key = await keyFor(stage, invited)
    await page.getByText(key.slice(0, 4), { exact: true }).waitFor()
    expect(await page.locator('.shown-key').innerText()).toContain(key.slice(8))
    await seen(page, 'key')
    await page.getByRole('button', { name: fr ? 'Masquer la clef' : 'Hide the key' }).click()
    expect(await page.locator('main').innerText()).not.toContain(key.slice(0, 4))
    expect(page.url()).not.toContain(key)

    await page.goto(`${desk.baseUrl}/helpdesk#/etudiant/${shared[0]?.person.number ?? ''}`)
    await page.getByText(/Plusieurs dossiers portent la même adresse/).waitFor()
    await seen(page)
    await page.goto(`${desk.baseUrl}/helpdesk#/etudiant/${active}`)
    await page.getByText(fr ? 'Donner l’adresse du nouveau nom' : 'Give the address of the new name').click()
    const give = page.getByRole('button', { name: fr ? 'Donner la nouvelle' : 'Give the new address' })
    await give.click()
    await page.getByText(fr ? 'Donnez un motif.' : 'Give a reason.').waitFor()
    await seen(page)
    await page.locator('#address-reason').fill('acte vu')
    await give.click()
    await page.getByText(fr ? 'rien ne change' : 'nothing changes').waitFor()
    await seen(page)
    await page.goto(`${desk.baseUrl}/helpdesk#/avancement`)
    await page.getByRole('rowheader', { name: fr ? 'Sciences' : 'Science' }).waitFor()
    await seen(page, 'funnel')
    await page.goto(`${desk.baseUrl}/helpdesk#/etudiant/29999999`)
    await page.getByRole('alert').waitFor()
    await seen(page)
    await page.close()
  })

  test('support finds nobody, sends a letter again, replaces a key, and is signed out meanwhile', async () => {
    const page = await signIn(context, 'support')
    const says = (text: string) => page.getByText(text, { exact: true }).waitFor()
    await page.getByLabel(words.search.label).fill('zzyzx')
    await page.keyboard.press('Enter')
    await says(words.search.none)
    await seen(page, 'nobody')

    const number = fr ? toReplace.fr : toReplace.en
    await page.goto(`${desk.baseUrl}/helpdesk#/etudiant/${number}`)
    await page.getByRole('button', { name: words.card.resend }).first().click()
    await says(words.card.resent)
    await seen(page, 'resent')
    const before = await keyFor(stage, number)
    await page.locator('summary', { hasText: words.key.replace }).click()
    await page.locator('#replace-reason').fill('clef photographiée')
    await page.getByRole('button', { name: words.key.replaceSubmit }).click()
    await says(words.key.replaced(true))
    expect(await keyFor(stage, number)).not.toBe(before)
    // What was said has the focus, and another press replaces nothing.
    await page.locator('#replace-reason').waitFor({ state: 'hidden' })
    expect(await page.evaluate('document.activeElement.textContent')).toBe(words.key.replaced(true))
    await seen(page, 'replaced')

    // The session ends while the card is open.
    await context.clearCookies()
    await page.getByRole('button', { name: words.card.resend }).first().click()
    await says(words.failures['SIGN_IN_NEEDED'] ?? '')
    await page.getByRole('link', { name: words.welcome.signIn }).waitFor()
    await seen(page, 'signed-out')
    await page.close()
  })

  test.each([
    ['registrar', ['invalid-addresses', 'vanished', 'duplicates']],
    ['operator', ['set-aside', 'conflicts', 'key-faults']],
  ])('%s reads the lists %s', async (role, names) => {
    const page = await signIn(context, role)
    for (const name of names) {
      await page.goto(`${desk.baseUrl}/helpdesk#/listes/${name}`)
      await page.getByRole('heading', { level: 2, name: words.lists.names[name] ?? name }).waitFor()
      if (name === 'invalid-addresses')
        for (const { person } of [bare, wrong])
          await page.getByRole('cell', { name: person.number }).waitFor()
      else await page.getByText(words.lists.none).waitFor()
      // The others are empty alike.
      await seen(page, ['invalid-addresses', 'set-aside'].includes(name) ? name : null)
    }
    await page.close()
  })

  test('a registrar has the lists, an operator what waits and the trail', async () => {
    const registrar = await signIn(context, 'registrar')
    await registrar.getByRole('link', { name: fr ? 'Listes' : 'Lists' }).click()
    await registrar.getByRole('cell', { name: shared[0]?.person.number ?? '' }).waitFor()
    await seen(registrar, 'list')
    const [download] = await Promise.all([
      registrar.waitForEvent('download'),
      registrar.getByRole('link', { name: /CSV/ }).click(),
    ])
    expect(download.suggestedFilename()).toBe('shared-addresses.csv')
    await registrar.close()
    await context.clearCookies()

    const operator = await signIn(context, 'operator')
    await operator.getByText(/30 (membres|members)/).waitFor()
    await seen(operator, 'plans')
    await operator.getByRole('button', { name: fr ? 'Voir qui' : 'See who' }).click()
    await operator.getByRole('cell', { name: others[0]?.person.number ?? '', exact: true }).waitFor()
    await seen(operator)
    await operator.getByRole('link', { name: fr ? 'Journal' : 'Trail' }).click()
    await operator.getByRole('table').waitFor()
    await seen(operator, 'audit')
    await operator.close()
  })
})

test('security locks and unlocks, by the keyboard alone', async () => {
  const context = await open('dark', 'fr-FR')
  const page = await signIn(context, 'security')
  const { keyboard } = page
  const tabTo = async (name: string) => {
    for (let presses = 0; presses < 60; presses++) {
      const at = String(await page.evaluate('document.activeElement.innerText || document.activeElement.id'))
      if (at.trim() === name) return
      await keyboard.press('Tab')
    }
    throw new Error(`the keyboard does not reach ${name}`)
  }
  await tabTo('query')
  await keyboard.type(active)
  await keyboard.press('Enter')
  await page.getByText('Le compte est actif partout').waitFor()
  await look(page, [1280])
  await tabTo('Verrouiller')
  await keyboard.press('Enter')
  await tabTo('lock-reason')
  await keyboard.type('compte compromis')
  await keyboard.press('Enter')
  await page.getByText('Le compte est verrouillé.').waitFor()
  await look(page, [1280], 'helpdesk-locked')
  await tabTo('Déverrouiller')
  await keyboard.press('Enter')
  await tabTo('lock-reason')
  await keyboard.press('Enter')
  await page.getByText('Le compte est déverrouillé.').waitFor()
  await tabTo('Se déconnecter')
  await keyboard.press('Enter')
  await page.waitForURL(`${desk.signIn.issuer}/**`)
  await look(page, [1280])
  await page.getByRole('button', { name: 'Se déconnecter' }).click()
  await page.getByRole('link', { name: 'Se connecter' }).waitFor()
  await context.close()
})

test('an operator approves what waits', async () => {
  const context = await open('light', 'fr-FR')
  const page = await signIn(context, 'operator')
  await page.getByRole('button', { name: french.plans.show }).click()
  await page.getByRole('button', { name: french.plans.approve }).click()
  await page.getByText(french.plans.approved).waitFor()
  await page.getByText(french.plans.none).waitFor()
  await look(page, [360, 768, 1280], 'helpdesk-approved')
  await page.getByRole('button', { name: 'EN' }).click()
  await page.getByText(en.plans.approved).waitFor()
  await look(page, [360, 768, 1280])
  await context.close()
})

test('nothing went wrong in the browser', () => {
  expect(errors).toEqual([])
})
