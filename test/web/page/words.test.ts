import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { accountStates } from '../../../domain/account.ts'
import { staffRoles } from '../../../domain/staff.ts'
import { packageRoot } from '../../../platform/root.ts'
import { letterKinds } from '../../../registry/tables.ts'
import { cellInWords, factsInWords } from '../../../web/page/helpdesk/told-facts.ts'
import { en } from '../../../web/page/helpdesk/texts/en.ts'
import { fr } from '../../../web/page/helpdesk/texts/fr.ts'
import { typeset } from '../../../web/page/helpdesk/typeset.ts'
import { fr as studentFr } from '../../../web/page/texts/fr.ts'
import { pageAnswers, staffAnswers } from '../../../web/problem.ts'

/** Every text there is, those that functions make among them. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value === 'function') {
    const made: unknown = (value as (...given: unknown[]) => unknown)('x', 'y', 'z', 'w')
    return textsOf(made)
  }
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : []
}

test.each([
  ['the helpdesk', fr],
  ['the student', studentFr],
])('no line of what %s reads in French begins with « : ; ! ? »', (_who, texts) => {
  const all = textsOf(texts)
  expect(all.length).toBeGreaterThan(100)
  expect(all.filter((text) => / [:;!?»]|« |'/.test(text))).toEqual([])
})

test.each([
  ['French', fr],
  ['English', en],
])('every code that the helpdesk may be told has its word in %s', (_language, texts) => {
  const ofStudents = letterKinds.filter(
    (kind) => !['faculty-list', 'differences', 'unsent-letters'].includes(kind),
  )
  expect(Object.keys(texts.letterKinds).sort()).toEqual([...ofStudents].sort())
  expect(Object.keys(texts.states)).toEqual(expect.arrayContaining([...accountStates]))
  expect(Object.keys(texts.roles)).toEqual(expect.arrayContaining([...staffRoles]))
  const unmet = ['KEY_REFUSED', 'KEY_REPLACED', 'TOKEN_REFUSED', 'PASSWORD_REFUSED', 'PROGRESS_UNKNOWN',
    'ADDRESS_INSTITUTIONAL', 'REQUEST_UNKNOWN', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'] // prettier-ignore
  const met = Object.keys({ ...pageAnswers, ...staffAnswers }).filter((code) => !unmet.includes(code))
  expect(Object.keys(texts.failures)).toEqual(expect.arrayContaining(met))
  const timeline = readFileSync(join(packageRoot, 'web', 'helpdesk', 'timeline.ts'), 'utf8')
  const acts = /const acts[^{]*\{([^}]*)\}/.exec(timeline)?.[1] ?? ''
  const named = [...acts.matchAll(/^ {2}'?([a-z-]+)'?:/gm)].map(([, act]) => act)
  expect(named.length).toBeGreaterThan(10)
  expect(Object.keys(texts.acts)).toEqual(expect.arrayContaining(named))
})

test('what an act was about is told in words, and what says nothing is left out', () => {
  expect(factsInWords({ roles: ['support', 'operator'], scope: null }, fr)).toBe(
    'rôles\u00a0: support exploitation',
  )
  expect(factsInWords({ version: 2, reason: 'carte vue', identity_checked: true }, fr)).toBe(
    'version\u00a0: 2, motif\u00a0: carte vue, identité vérifiée\u00a0: oui',
  )
  expect(factsInWords({ kind: 'invitation', other: { a: 1 } }, en)).toBe(
    'kind: Activation key, other: {"a":1}',
  )
})

test('a list is read in words', () => {
  const reader = { words: fr, language: 'fr' as const, when: (instant: string) => `vu ${instant}` }
  const told = [
    ['state', 'missing'],
    ['state', 'bounced'],
    ['birth_date', '2004-02-29'],
    ['since', '2026-09-14T08:00:00.000Z'],
    ['target', 'primary'],
    ['reason', "c'est une adresse de l'université"],
    ['reason', 'DATE_UNREADABLE'],
    ['line', 4],
    ['ine', null],
  ] as const
  expect(told.map(([column, cell]) => cellInWords(column, cell, reader))).toEqual([
    'absente du dossier',
    'le courriel en est revenu',
    '29 février 2004',
    'vu 2026-09-14T08:00:00.000Z',
    'Annuaire principal',
    'c’est une adresse de l’université',
    'date illisible',
    '4',
    '–',
  ])
})

test('a sentence of the server is printed as French is', () => {
  expect(typeset("L'adresse « a » manque : l'étudiant la donne ; et après ?")).toBe(
    'L’adresse «\u00a0a\u00a0» manque\u00a0: l’étudiant la donne\u00a0; et après\u00a0?',
  )
})
