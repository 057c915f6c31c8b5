import type { Language } from '../language.ts'
import { typeset } from './typeset.ts'
import type { DeskTexts } from './texts/texts.ts'
import { dayInWords, word } from './words.ts'

interface Reader {
  readonly words: DeskTexts
  readonly language: Language
  readonly when: (instant: string) => string
}

/** The facts of an act, in words: `motif : carte vue, version : 2`. What says nothing is left out. */
export function factsInWords(facts: Readonly<Record<string, unknown>>, words: DeskTexts): string {
  return Object.entries(facts)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${word(words.facts, name)}${words.colon}${factInWords(value, words)}`)
    .join(', ')
}

function factInWords(value: unknown, words: DeskTexts): string {
  if (value === true || value === false) return value ? words.yes : words.no
  if (Array.isArray(value)) return value.map((each) => factInWords(each, words)).join(' ')
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return word(words.roles, word(words.letterKinds, word(words.plans.kinds, text)))
}

/** A cell of a list, as a person reads it; a file (CSV) has the codes. */
export function cellInWords(
  column: string,
  cell: string | number | null,
  { words, language, when }: Reader,
): string {
  if (cell === null) return '–'
  const text = String(cell)
  if (column === 'state') return word(words.addressStates, text)
  if (column === 'target') return word(words.targets, text)
  if (column === 'birth_date') return dayInWords(text, language)
  if (column === 'since' || column === 'missing_since') return when(text)
  return column === 'reason' ? typeset(word(words.faults, text)) : text
}
