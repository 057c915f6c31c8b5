import type { Person } from './person.ts'

/** How a person's names are written in directories and letters. Apogée keeps them in capitals and short. */
export interface Names {
  /** Family name as used: `Lovelace`. */
  readonly family: string
  /** First name as used; empty for those who have none. */
  readonly given: string
  /** `Ada Lovelace`. */
  readonly display: string
  /** `LOVELACE Ada` without accents: the SupAnn habit for cn. */
  readonly common: string
}

/** The names of a person; `use` says which family name wins when both are recorded. */
export function namesOf(person: Person, use: 'usage' | 'birth'): Names {
  const family = titled((use === 'usage' ? person.usageName : null) ?? person.birthName)
  const given = titled(person.chosenFirstName ?? person.firstName ?? '')
  return {
    family,
    given,
    display: [given, family].filter(Boolean).join(' '),
    common: withoutAccents([family.toUpperCase(), given].filter(Boolean).join(' ')),
  }
}

/** Capitals at the head of each word, small letters elsewhere; particles stay small inside a name.
 *  A name that already mixes cases is somebody's own spelling and is kept. */
export function titled(name: string): string {
  const trimmed = name.normalize('NFC').trim().replace(/\s+/g, ' ')
  if (trimmed !== trimmed.toUpperCase()) return trimmed
  return trimmed
    .toLowerCase()
    .replace(/(^|[\s'’-])(\p{L})/gu, (_, head: string, letter: string) => head + letter.toUpperCase())
    .replace(/ (De La|De|Du|Des|La|Le|Les|Von|Van|Der|Den|El|Al|Bin|Ben)(?= )/g, (particle) =>
      particle.toLowerCase(),
    )
    .normalize('NFC')
    .replaceAll('i\u0307', 'i') // what small letters make of İ inside a word
}

/** Latin letters without their marks; ligatures and letters without decomposition spelled out. */
export function withoutAccents(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^\p{ASCII}]/gu, (letter) => spelled[letter] ?? letter)
}

const spelled: Readonly<Record<string, string>> = {
  æ: 'ae', Æ: 'AE', œ: 'oe', Œ: 'OE', ø: 'o', Ø: 'O', ß: 'ss', ẞ: 'SS', đ: 'd', Đ: 'D', ð: 'd', Ð: 'D',
  ł: 'l', Ł: 'L', þ: 'th', Þ: 'TH', ı: 'i', ħ: 'h', Ħ: 'H', ŋ: 'n', Ŋ: 'N', '’': "'", '‘': "'", '‐': '-', '‑': '-',
} // prettier-ignore
