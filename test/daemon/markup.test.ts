import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { letterMarkup } from '../../daemon/letter/markup.ts'
import { letterText } from '../../daemon/letter/texts.ts'
import { packageRoot } from '../../platform/root.ts'
import { letterKinds } from '../../registry/tables.ts'
import { expectSound } from '../journey/look.ts'
import { openBrowser } from '../run/servers/browser.ts'

const facts = {
  page: 'https://compte.example.org/creation-motdepasse',
  resetPage: 'https://compte.example.org/creation-motdepasse/#/reinitmdp-mail',
  link: 'https://compte.example.org/creation-motdepasse/#/reinitmdp-token?token=4fJ0cQ7ZkVb2Xh9LrT1mWnE8sDyA6u',
  progress: 'https://compte.example.org/creation-motdepasse/#/suivi/h2Jk9sPqW4',
  webmail: 'https://zcs.example.org',
  number: '21100001',
  help_fr: 'Faculté des Lettres : lettres@example.org\nUn formulaire : https://example.org/lettres',
  help_en: 'Faculty of Arts: lettres@example.org\nA form: https://example.org/lettres',
  key: 'B9VPZECZQGAS',
  mail: 'ada.lovelace@etu.example.org',
  former: 'ada.byron@etu.example.org',
  lastDay: '30/11/2026',
  faculty: 'Faculté des Lettres',
  facultyEn: 'Faculty of Arts',
  shared: '2',
  invalid: '3',
  target: 'upmc',
  day: '15/09/2026',
  add: '1',
  modify: '2',
  rename: '0',
  remove: '0',
  conflicts: '0',
  drifted: '1',
  held: '0',
  waiting: '0',
  attributes: '- sn : 1\n- userPassword : 1',
  sample: '- 22000001 : à modifier, sn, userPassword\n- 22000002 : à créer',
  due: '2',
  later: '1',
  kinds: '- invitation : 2',
}

test('every kind of letter has its text, and no text is of no kind', () => {
  const files = readdirSync(join(packageRoot, 'schemas', 'letters')).map((name) => name.replace('.eta', ''))
  expect(files.sort()).toEqual([...letterKinds].sort())
})

test('each letter says the same in HTML as in text, in two languages, readable on a phone and to who does not see', async () => {
  const browser = await openBrowser()
  const context = await browser.newContext({ viewport: { width: 360, height: 780 } })
  const page = await context.newPage()
  for (const kind of letterKinds) {
    const { subject, text } = await letterText(kind, facts, null)
    expect(text, kind).not.toContain('undefined')
    await page.setContent(letterMarkup(subject, text))
    const words = (said: string) =>
      said
        .replace(/-{20,}/g, ' ')
        .replace(/\s+/g, ' ')
        .trim()
    expect(words(await page.locator('body').innerText()), kind).toBe(words(text))
    expect(await page.locator('[lang=en]').count(), kind).toBe(1)
    // A letter is no page: it has no landmarks, and its heading is its subject.
    await expectSound(page, kind, ['region', 'landmark-one-main', 'page-has-heading-one'])
  }
  await browser.close()
}, 120_000)

test('the link is one link, byte for byte, and the key one word', async () => {
  const reset = await letterText('reset', facts, null)
  expect(letterMarkup(reset.subject, reset.text)).toContain(`<a href="${facts.link}">${facts.link}</a>`)
  const invitation = await letterText('invitation', facts, null)
  expect(letterMarkup(invitation.subject, invitation.text)).toMatch(/>B9VPZECZQGAS<\/span>/)
})

test('nothing that stands in a text becomes markup, but the addresses of pages', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const tags = letterMarkup(text, text)
        .replace(/^[\s\S]*<body[^>]*>|<\/body>[\s\S]*$/g, '')
        .match(/<[^>]*>/g)
      for (const tag of tags ?? [])
        expect(tag).toMatch(/^<(?:\/?(?:p|div|a|span)|br|hr)(?: (?:style|lang|href)="[^"<>]*")*>$/)
    }),
  )
  const hostile = letterMarkup(
    '<script>',
    'https://a.example/"onmouseover="x <img src=x> javascript:alert(1)',
  )
  expect(hostile).not.toMatch(/<script>|<img|href="javascript/)
  expect(hostile).toContain('<a href="https://a.example/">')
})
