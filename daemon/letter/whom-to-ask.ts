import type { Enrolment } from '../../domain/person.ts'
import type { Contact, Faculty } from '../rooms.ts'

/** What a letter says of whom to ask, one line each. */
export interface WhomToAsk {
  readonly help_fr: string
  readonly help_en: string
}

/** The contacts of the faculties in which a student is enrolled, in the latest of the years, each with the sentence that
 *  the site adds to its letters (settings `faculties[].letter_fr`, `letter_en`). Where none of them is known, for a
 *  composante that no faculty holds, or a letter that is nobody's in particular: everybody who can be asked. Pure. */
export function whomToAsk(
  enrolments: readonly Pick<Enrolment, 'year' | 'component'>[],
  { faculties, contacts }: { faculties: readonly Faculty[]; contacts: readonly Contact[] },
): WhomToAsk {
  const latest = enrolments.reduce((year, each) => (each.year > year ? each.year : year), '')
  const components = new Set(enrolments.flatMap(({ year, component }) => (year === latest ? component : [])))
  const theirs = faculties.filter((each) => each.components.some((component) => components.has(component)))
  return theirs.length > 0
    ? {
        help_fr: theirs.flatMap((each) => [told(each.name_fr, each), each.letter_fr]).reduce(joined),
        help_en: theirs.flatMap((each) => [told(each.name_en, each, ': '), each.letter_en]).reduce(joined),
      }
    : {
        help_fr: contacts.map((each) => told(each.name_fr, each)).join('\n'),
        help_en: contacts.map((each) => told(each.name_en, each, ': ')).join('\n'),
      }
}

function told(name: string, { contact }: Contact, between = ' : '): string {
  return `${name}${between}${contact}`
}

function joined(before: string, sentence: string): string {
  return sentence === '' ? before : `${before}\n${sentence}`
}
