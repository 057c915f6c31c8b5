import type { Browser, BrowserContextOptions, CDPSession, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openBrowser } from '../run/servers/browser.ts'
import { done, pending, type Script } from '../web/app-fixture.ts'
import { look } from './look.ts'
import { openScriptedPage, type ScriptedPage } from './scripted-page.ts'

vi.setConfig({ testTimeout: 60_000 })

/** How the page weighs, stands still, grows and is used without a mouse. What it does is told in pages.test.ts; here the
 *  house behind it says yes to everything. */
let scripted: ScriptedPage
let told: Script
let browser: Browser
let address: string
beforeAll(async () => {
  scripted = await openScriptedPage()
  ;({ told, address } = scripted)
  browser = await openBrowser()
})
afterAll(async () => {
  await browser.close()
  await scripted[Symbol.asyncDispose]()
})

async function open(options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ locale: 'fr-FR', timezoneId: 'Europe/Paris', ...options })
  return context.newPage()
}

/** Everything that moved after it was shown, as browsers measure it (Layout Instability API). */
const watchShifts = `
  window.shifted = 0
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value
  }).observe({ type: 'layout-shift', buffered: true })`
const shifted = (page: Page) => page.evaluate<number>('window.shifted')

/** A network of the underground: 400 ms there and back, 50 kB a second. */
async function slowly(page: Page): Promise<CDPSession> {
  const session = await page.context().newCDPSession(page)
  await session.send('Network.enable')
  await session.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 400,
    downloadThroughput: 50_000,
    uploadThroughput: 50_000,
  })
  return session
}

test('the page weighs less than 100 kB on the wire, in all that it loads, and nothing comes from elsewhere', async () => {
  const page = await open()
  const session = await page.context().newCDPSession(page)
  await session.send('Network.enable')
  const bytes = new Map<string, number>()
  const urls: string[] = []
  session.on('Network.requestWillBeSent', ({ request }) => void urls.push(request.url))
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    bytes.set(requestId, encodedDataLength)
  })
  await page.goto(address, { waitUntil: 'networkidle' })
  const total = [...bytes.values()].reduce((sum, each) => sum + each, 0)
  expect(total).toBeGreaterThan(10_000)
  expect(total).toBeLessThan(100_000)
  for (const url of urls)
    expect(url.startsWith('data:') || new URL(url).origin === new URL(address).origin).toBe(true)
  await page.context().close()
})

test('scripts and styles are handed out compressed to whoever takes it, and whole to whoever does not', async () => {
  const page = await (await fetch(address)).text()
  const files = [...page.matchAll(/(?:src|href)="([^"]+\.(?:js|css))"/g)].map(([, file = '']) => file)
  expect(files.length).toBeGreaterThanOrEqual(2)
  for (const file of files) {
    const ask = async (encoding: string) => {
      const answer = await fetch(new URL(file, address), { headers: { 'accept-encoding': encoding } })
      return {
        as: answer.headers.get('content-encoding'),
        type: answer.headers.get('content-type'),
        text: await answer.text(),
      }
    }
    const [whole, brotli, gzip] = [await ask('identity'), await ask('br'), await ask('gzip')]
    expect([whole.as, brotli.as, gzip.as]).toEqual([null, 'br', 'gzip'])
    expect(new Set([whole.type, brotli.type, gzip.type]).size).toBe(1)
    expect(new Set([whole.text, brotli.text, gzip.text]).size).toBe(1)
  }
})

test('nothing moves under the eyes while it loads on a slow network, nor while a password is typed', async () => {
  const page = await open({ viewport: { width: 360, height: 780 } })
  await page.addInitScript(watchShifts)
  await slowly(page)
  await page.goto(address)
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.getByLabel(/Numéro d’étudiant/).fill('21100001')
  await page.getByLabel(/Clef d’activation/).fill('ABCD-EFGH-JKMN')
  await page.getByRole('button', { name: 'Continuer' }).click()
  await page.getByLabel('Nouveau mot de passe').pressSequentially('azerty', { delay: 20 })
  await page.getByText('Trop court').waitFor()
  expect(await shifted(page)).toBeLessThan(0.05)
  await page.context().close()
})

test.each([
  ['200 %', 640],
  ['400 %', 320],
])('at a zoom of %s nothing is lost beyond the edge', async (_zoom, width) => {
  const page = await open({ deviceScaleFactor: 2 })
  for (const place of ['', '#/reinitmdp-mail', '#/aide', '#/suivi/h2Jk9sPqW4']) {
    await page.goto('about:blank')
    await page.goto(address + place)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await look(page, [width])
  }
  await page.context().close()
})

test('letters of twice the size, as a reader may set them, push nothing beyond the edge', async () => {
  const page = await open({ viewport: { width: 1280, height: 900 } })
  for (const place of ['', '#/reinitmdp-mail', '#/aide', '#/suivi/h2Jk9sPqW4']) {
    await page.goto('about:blank')
    await page.goto(address + place)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.evaluate("document.documentElement.style.fontSize = '200%'")
    expect(
      await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'),
    ).toBe(0)
  }
  await page.context().close()
})

test('by the keyboard alone: from the skip link to « Vous pouvez déjà vous connecter »', async () => {
  told.progress = pending
  const page = await open({ viewport: { width: 1280, height: 900 } })
  await page.goto(address)
  await page.getByRole('heading', { level: 1 }).waitFor()
  const { keyboard } = page
  // Whatever holds other things, such as the whole page after the skip link, is no place to be in.
  const here = () =>
    page.evaluate<string>(
      "document.activeElement.tagName === 'MAIN' ? '' : (document.activeElement.labels?.[0]?.innerText ?? document.activeElement.innerText ?? '').trim()",
    )
  const seen: string[] = []
  const tabTo = async (name: RegExp) => {
    for (let presses = 0; presses < 40; presses++) {
      const at = await here()
      seen.push(at)
      if (name.test(at)) {
        // Where one is, is to be seen.
        const outline = await page.evaluate<string>('getComputedStyle(document.activeElement).outlineStyle')
        expect(outline, at).not.toBe('none')
        return
      }
      await keyboard.press('Tab')
    }
    throw new Error(`the keyboard does not reach ${name.source}: ${seen.join(' | ')}`)
  }
  await keyboard.press('Tab')
  expect(await here()).toMatch(/Aller au contenu/)
  await keyboard.press('Enter')
  await tabTo(/Numéro d’étudiant/)
  await keyboard.type('21100001')
  await tabTo(/Clef d’activation/)
  await keyboard.type('ABCDEFGHJKMN')
  await keyboard.press('Enter')
  await page.getByLabel('Nouveau mot de passe').waitFor()
  await tabTo(/Nouveau mot de passe/)
  await keyboard.type('le tilleul penche vers la rivière')
  await page.getByText('Ce mot de passe convient.').waitFor()
  await keyboard.press('Enter')
  await page.getByText('Vous pouvez déjà vous connecter').waitFor()
  told.progress = done
  await page.context().close()
})

test('where the birth date is asked, its field is there from the first sight on, and slips are said', async () => {
  await using asking = await openScriptedPage({ asksBirthDate: true })
  const asked = asking.told
  const page = await open({ viewport: { width: 360, height: 780 } })
  await page.addInitScript(watchShifts)
  await page.goto(asking.address)
  await page.getByLabel('Date de naissance').waitFor()
  expect(await shifted(page)).toBeLessThan(0.05)
  await page.getByLabel(/Numéro d’étudiant/).fill('21100001')
  await page.getByLabel(/Clef d’activation/).fill('ABCDEFGHJKMN')
  await page.getByLabel('Date de naissance').fill('31/02/2006')
  await page.getByRole('button', { name: 'Continuer' }).click()
  await page.locator('#birth-date-error').waitFor()
  await look(page, [360, 1280], 'activation-birth-date')
  asked.fail('verifyKey', 'KEY_REFUSED')
  await page.getByLabel('Date de naissance').fill('10/12/2006')
  await page.getByRole('button', { name: 'Continuer' }).click()
  await page.getByText('celle de votre dossier d’inscription').waitFor()
  await look(page, [360])
  expect(asked.calls.filter(({ act }) => act === 'verifyKey').map(({ input }) => input)).toEqual([
    expect.objectContaining({ birthDate: '2006-12-10', key: 'ABCDEFGHJKMN' }),
  ])
  await page.context().close()
})

test('with less motion nothing turns, and in forced colours everything is still there', async () => {
  const page = await open({ reducedMotion: 'reduce', forcedColors: 'active' })
  told.progress = pending
  await page.goto(`${address}#/suivi/h2Jk9sPqW4`)
  await page.getByRole('heading', { level: 1 }).waitFor()
  const moving = await page.evaluate<number>(
    "document.getAnimations().filter((each) => each.playState === 'running').length",
  )
  expect(moving).toBe(0)
  await look(page, [360])
  await page.context().close()
})
