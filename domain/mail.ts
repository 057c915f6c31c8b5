import { withoutAccents } from './name.ts'

/** How institutional addresses are formed (rules: institutional address). */
export interface MailRules {
  readonly domain: string
  /** Joins several words of one name: `_` or `-`. */
  readonly wordSeparator: '_' | '-'
  /** dotted: `prenom.nom.1@` · joined: `prenom.nom1@`. */
  readonly homonym: 'dotted' | 'joined'
}

const longestLocalPart = 64
const roomForHomonym = 6

/** `prenom.nom` from names as used. Marks and apostrophes go, hyphens stay, words are joined. Without any
 *  Latin letter in the names, the student number stands in. */
export function localPart(given: string, family: string, number: string, rules: MailRules): string {
  const parts = [given, family].map((name) => folded(name, rules.wordSeparator)).filter((part) => part !== '')
  const joined = parts.join('.').slice(0, longestLocalPart - roomForHomonym)
  return joined.replace(/[-._]+$/, '') || number
}

/** The address of the `homonym`-th bearer of a local part: the first (0) has it plain. */
export function institutionalAddress(local: string, homonym: number, rules: MailRules): string {
  const suffix = homonym === 0 ? '' : rules.homonym === 'dotted' ? `.${homonym}` : `${homonym}`
  return `${local}${suffix}@${rules.domain}`
}

/** Whether an address is that of this local part, for whichever of its bearers. */
export function bearsLocalPart(address: string, local: string, rules: MailRules): boolean {
  const [before = '', domain = ''] = address.split('@')
  if (domain !== rules.domain.toLowerCase() || !before.startsWith(local.toLowerCase())) return false
  const rest = before.slice(local.length)
  return rest === '' || (rules.homonym === 'dotted' ? /^\.[1-9]\d*$/ : /^[1-9]\d*$/).test(rest)
}

function folded(name: string, separator: string): string {
  return withoutAccents(name)
    .toLowerCase()
    .replace(/'/g, '')
    .replace(/[^a-z0-9-]+/g, ' ')
    .replace(/\s*-[-\s]*/g, '-')
    .replace(/^[-\s]+|[-\s]+$/g, '')
    .replace(/\s+/g, separator)
}
