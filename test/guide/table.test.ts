import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { packageRoot } from '../../platform/root.ts'
import { titlesIn } from '../run/titles.ts'

/** docs/guide.md against the tests: a line there is worth what its proof is. That each proof passes, the suite says. */
const page = readFileSync(join(packageRoot, 'docs', 'guide.md'), 'utf8')

interface Rule {
  readonly paragraph: string
  readonly says: string
  readonly file: string
  readonly title: string
}

const rules: Rule[] = page.split(/^## /m).flatMap((section) => {
  const paragraph = section.slice(0, section.indexOf('\n'))
  const rows = section.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| Le guide'))
  return rows.map((row) => {
    const [says = '', , proof = ''] = row.slice(2, -2).split(' | ')
    const [file = '', title = ''] = proof.split(' › ')
    return { paragraph, says, file, title }
  })
})

const paragraphs = [
  'Identifiants',
  "Création de l'identité numérique pour le primo-étudiant",
  'Changement de mot de passe par un étudiant ayant déjà son identité numérique',
  "Cas d'un ancien étudiant se réinscrivant après une interruption d'études",
  "Cas d'un étudiant inscrit l'année dernière mais n'ayant pas créé son identité numérique",
  "Si l'étudiant n'a pas reçu le courriel contenant le code temporaire",
  'Accès à la messagerie électronique',
  'ENT – Environnement Numérique de Travail',
  'ANNEXE - Spécimen du courriel envoyé pour changement de mot de passe',
  'Contacts',
]

test('every paragraph of the guide has its rules', () => {
  expect([...new Set(rules.map(({ paragraph }) => paragraph))]).toEqual(paragraphs)
})

describe('every rule has a proof that runs', () => {
  test.each(rules)('$paragraph: $says', ({ file, title }) => {
    expect([...titlesIn(file)]).toContain(title)
  })
})

test('every test of the guide proves a rule', () => {
  const folder = join('test', 'guide')
  const proved = new Set(rules.map(({ file, title }) => `${file} › ${title}`))
  for (const name of readdirSync(join(packageRoot, folder)).filter((each) => each.endsWith('.test.ts'))) {
    const file = `${folder}/${name}`
    if (name === 'table.test.ts') continue
    for (const title of titlesIn(file)) expect([...proved]).toContain(`${file} › ${title}`)
  }
})
