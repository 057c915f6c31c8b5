import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { eventually } from '../run/eventually.ts'
import { openBrowser } from '../run/servers/browser.ts'
import { expectSound } from './look.ts'
import { openStageOf, stageKinds, type OpenStage } from './stages.ts'
import { everywhere, keyOf, letterTo, subjects, tokenOf } from './story.ts'

vi.setConfig({ testTimeout: 120_000 })

/** The pages in a real browser, on both stages: a phone and a desktop, each with a student of its own. */
const widths = [
  { name: 'phone', width: 360, height: 780, number: '21100001', address: 'ada@example.org' },
  { name: 'desktop', width: 1280, height: 900, number: '21100010', address: 'eleonore.lefevre@example.org' },
] as const

describe.each(stageKinds)('%s', (kind) => {
  /** Pictures are kept for the documentation when `npm run screenshots` asks, and only looked at otherwise. */
  const pictures = join(
    process.env['PICTURES'] ?? join(tmpdir(), 'matricule-pictures'),
    kind === 'embedded' ? '' : kind,
  )

  let stage: OpenStage
  let browser: Browser

  beforeAll(async () => {
    stage = await openStageOf(kind)
    await mkdir(pictures, { recursive: true })
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser.close()
    await stage[Symbol.asyncDispose]()
  })

  describe.each(widths)('on a $name', ({ name, width, height, number, address }) => {
    let context: BrowserContext
    let page: Page
    const errors: string[] = []
    const first = `la machine analytique sur un ${name}`
    const second = `le métier Jacquard sur un ${name}`

    beforeAll(async () => {
      context = await browser.newContext({
        viewport: { width, height },
        locale: 'fr-FR',
        timezoneId: 'Europe/Paris',
      })
      page = await context.newPage()
      page.on('pageerror', (error) => errors.push(error.message))
      page.on('console', (message) => {
        // The browser itself reports answers such as 403 here; those are part of the story.
        if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
          errors.push(message.text())
      })
    })
    afterAll(() => context.close())

    /** No violation of accessibility, nothing beyond the edge, and a picture for the documentation. */
    async function look(state: string): Promise<void> {
      await expectSound(page, state)
      await page.screenshot({
        path: join(pictures, `${state}-${name}.png`),
        fullPage: true,
      })
    }

    test('a student activates the account with number, key and password, and sees it come', async () => {
      const key = keyOf(await letterTo(stage, address, subjects.invitation))
      await page.goto(`${stage.page}/creation-motdepasse`)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await look('activation')

      await page.getByLabel(/Numéro d’étudiant/).fill(number)
      await page.getByLabel(/Clef d’activation/).fill('ABCD-EFGH-JKMN')
      await page.getByRole('button', { name: 'Continuer' }).click()
      await page.locator('.notice.bad').waitFor()
      await look('activation-refused')

      await page.getByLabel(/Clef d’activation/).fill(key)
      await page.getByRole('button', { name: 'Continuer' }).click()
      await page.getByLabel('Nouveau mot de passe').fill('azerty')
      await page.getByText('Trop court').waitFor()
      await look('password-weak')
      await page.getByLabel('Nouveau mot de passe').fill(first)
      await page.getByText('Ce mot de passe convient.').waitFor()
      await look('password-strong')
      await page.getByRole('button', { name: 'Activer mon compte' }).click()

      await page.getByText('Vous pouvez déjà vous connecter').waitFor()
      expect(await page.locator('main').innerText()).toContain('@etu.sorbonne-universite.fr')
      await everywhere(stage, number, first, true)
      await look('activation-done')
    })

    test('at the end the student is shown the webmail and both ENT, and who may use which', async () => {
      const services = page.getByRole('region', { name: /services/i }).getByRole('listitem')
      expect(await services.allInnerTexts()).toEqual([
        expect.stringContaining('Messagerie') as string,
        expect.stringMatching(/ENT de Paris-Sorbonne\s+accessible pour tous/) as string,
        expect.stringMatching(/ENT UPMC\s+par le CAS UPMC seulement/) as string,
      ])
      await page.goto(`${stage.page}/creation-motdepasse/#/aide`)
      await page.getByText('Faculté des Lettres').waitFor()
      const contacts = await page.locator('.contacts').innerText()
      for (const contact of [
        'Lettres-SOFAS-APOGEE@sorbonne-universite.fr',
        'Medecine-CANUP@sorbonne-universite.fr',
        'caspter-escolarite',
        'hotline.sorbonne-universite.fr',
      ])
        expect(contacts).toContain(contact)
    })

    test('a forgotten password is replaced by the link of the letter', async () => {
      await page.goto(`${stage.page}/creation-motdepasse/#/reinitmdp-mail`)
      await page.getByLabel(/adresse électronique/).fill(address)
      await look('reset-request')
      await page.getByRole('button', { name: /lien/ }).click()
      await page.getByText(/12 heures/).waitFor()
      await look('reset-sent')

      const token = tokenOf(await letterTo(stage, address, subjects.reset), stage)
      await page.goto(`${stage.page}/creation-motdepasse/#/reinitmdp-token?token=${token}`)
      await page.getByLabel('Nouveau mot de passe').fill(second)
      expect(page.url()).not.toContain(token)
      await page.getByText('Ce mot de passe convient.').waitFor()
      await look('reset-password')
      await page.getByRole('button', { name: 'Enregistrer ce mot de passe' }).click()
      await page.getByText('Vous pouvez déjà vous connecter').waitFor()
      await everywhere(stage, number, second, true)
      await everywhere(stage, number, first, false)
      await look('reset-done')

      await page.goto('about:blank')
      await page.goto(`${stage.page}/creation-motdepasse/#/reinitmdp-token?token=${token}`)
      await page.locator('.notice.bad').waitFor()
      await look('reset-link-used')
    })

    test.each([
      ['help', '/creation-motdepasse/#/aide'],
      ['accessibility', '/accessibilite'],
    ])('the %s page is there', async (state, path) => {
      await page.goto(`${stage.page}${path}`)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await look(state)
    })

    test('the same page speaks English', async () => {
      await page.goto(`${stage.page}/creation-motdepasse/`)
      await page.getByRole('button', { name: /English/ }).click()
      await page.getByRole('heading', { level: 1, name: 'Activate your account' }).waitFor()
      expect(await page.locator('html').getAttribute('lang')).toBe('en')
      await look('activation-english')
    })

    test('nothing went wrong in the browser', () => {
      expect(errors).toEqual([])
    })
  })

  test('the inbox of the demonstration shows the letters', async () => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
    await page.goto(stage.inbox)
    await eventually(
      'a letter in the list',
      async () => (await page.getByText('Activation de votre compte').count()) > 0,
    )
    await page.screenshot({ path: join(pictures, 'inbox-desktop.png') })
    await page.close()
  })
})
