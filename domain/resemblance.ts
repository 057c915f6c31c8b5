import type { Attributes } from './entry.ts'
import { withoutAccents } from './name.ts'
import type { Person } from './person.ts'

/** By what an entry found in a directory is known to be a student's, beside the number: the two former universities
 *  numbered apart, so the same number may be two people (rules: taking over). */
export type Resemblance = 'ine' | 'birthDate' | 'name'

/** Columns of Apogée cut names off here. */
const longest = { family: 30, given: 20 }

/** What the record of a person and an entry have in common, the surest first; null when nothing. Pure. */
export function resemblance(person: Person, attributes: Attributes): Resemblance | null {
  const values = (name: string) => attributes[name] ?? []
  const ine = person.ine?.toUpperCase()
  if (ine !== undefined && values('supannCodeINE').some((value) => value.toUpperCase() === ine)) return 'ine'
  const days = [...values('supannOIDCDateDeNaissance'), ...values('schacDateOfBirth')]
  if (person.birthDate !== null && days.some((day) => digitsOf(day) === digitsOf(person.birthDate ?? '')))
    return 'birthDate'
  return bearsName(person, attributes) ? 'name' : null
}

function bearsName(person: Person, attributes: Attributes): boolean {
  const families = [person.birthName, person.usageName].flatMap((name) => forms(name, longest.family))
  const givens = [person.firstName, person.chosenFirstName].flatMap((name) => forms(name, longest.given))
  const [family] = attributes['sn'] ?? []
  const [given] = attributes['givenName'] ?? []
  if (family !== undefined && given !== undefined)
    return (
      families.some((form) => form.fits(family)) &&
      (givens.length === 0 || givens.some((form) => form.fits(given)))
    )
  const whole = [...(attributes['displayName'] ?? []), ...(attributes['cn'] ?? [])].map(letters)
  if (givens.length === 0) return families.some(({ text }) => whole.includes(text))
  return families.some(({ text: one }) =>
    givens.some(({ text: other }) => whole.includes(one + other) || whole.includes(other + one)),
  )
}

interface Form {
  readonly text: string
  /** Whether a name is this one; where the record has room for no more, one that begins with it is. */
  fits(name: string): boolean
}

function forms(name: string | null, room: number): Form[] {
  const text = letters(name ?? '')
  if (text === '') return []
  const isCut = (name ?? '').length >= room
  return [{ text, fits: (other) => letters(other) === text || (isCut && letters(other).startsWith(text)) }]
}

/** Latin letters alone, small, without marks, blanks or hyphens. */
function letters(name: string): string {
  return withoutAccents(name)
    .toLowerCase()
    .replace(/[^a-z]/g, '')
}

function digitsOf(day: string): string {
  return day.replace(/\D/g, '')
}
