import { foldTyped } from './key.ts'

/** Why a key that somebody else supplies is not taken: there is none · it has not the form of a key · it is also that of
 *  somebody else, or not the only one of this student · it has served before. */
export const keyFaults = ['missing', 'malformed', 'collision', 'used'] as const
export type KeyFault = (typeof keyFaults)[number]

/** A key as it was given, and as it is compared. */
export interface SuppliedKey {
  readonly given: string
  readonly folded: string
}

/** One line of a supply. */
export interface Supplied {
  readonly number: string
  readonly key: string
}

/** What a person can type and a card can show: letters of A–Z, digits, spaces and dashes. */
const form = /^[A-Za-z0-9][A-Za-z0-9 \p{Pd}]*$/u
const longest = 64

/** Every key of a supply by student number, or why it is not one. Whose key is whose cannot be known when two numbers have
 *  the same one, or a number has two: none of them is taken. Pure, and the same in any order. */
export function keysIn(supply: Iterable<Supplied>, shortest: number): Map<string, SuppliedKey | KeyFault> {
  const keys = new Map<string, SuppliedKey | KeyFault>()
  const owners = new Map<string, string>()
  for (const { number, key } of supply) {
    const given = key.trim()
    if (given === '') continue
    const folded = form.test(given) && given.length <= longest ? foldTyped(given) : null
    const known = keys.get(number)
    if (folded === null || folded.length < shortest) {
      keys.set(number, known === undefined || known === 'malformed' ? 'malformed' : 'collision')
      continue
    }
    if (known !== undefined && (typeof known === 'string' || known.folded !== folded)) {
      keys.set(number, 'collision')
    } else if (known === undefined) keys.set(number, { given, folded })
    const owner = owners.get(folded)
    if (owner === undefined) owners.set(folded, number)
    else if (owner !== number) {
      keys.set(owner, 'collision')
      keys.set(number, 'collision')
    }
  }
  return keys
}
