import type { EnrolmentState, Person, StudentRecord } from '../../domain/person.ts'
import { enrolment, person } from './build.ts'
import type { Calendar } from './calendar.ts'
import type { Draw } from './draw.ts'
import type { Course, Level } from './teaching.ts'

/** The well-known students, the same in every generated university, by number:
 *
 *  | number   | who                        | why                                                          |
 *  |----------|----------------------------|--------------------------------------------------------------|
 *  | 21100001 | Ada Lovelace               | nothing hard: first year, sciences, ada@example.org          |
 *  | 21100002 | Paul Mercier               | twin of the next, one address for both; there last year too  |
 *  | 21100003 | Pauline Mercier            | the other twin                                               |
 *  | 21100004 | Hugo Sansadresse           | no personal address                                          |
 *  | 21100005 | Inès Malformée             | an address that cannot be one                                |
 *  | 21100006 | Louis Interne              | a personal address inside the university                     |
 *  | 21100007 | Emma Annulée               | cancelled (A)                                                |
 *  | 21100008 | Ada Lovelace               | homonym of the first, other birth date and address           |
 *  | 21100009 | Anne-Marie d'… de la …     | particles, hyphens, apostrophes, cut at 30                   |
 *  | 21100010 | Éléonore Lefèvre           | accents                                                      |
 *  | 21100011 | Lœtitia Cœurderoy-L'Haÿ    | œ and ÿ                                                      |
 *  | 21100012 | Kartini                    | one name only, no first name                                 |
 *  | 21100013 | Sophie Bernard, née Petit  | usage name and a chosen first name                           |
 *  | 21100014 | Karim Benali               | unpaid, which takes nothing away                             |
 *  | 21100015 | Chloé Double               | two enrolments in two faculties                              |
 *  | 21100016 | Marc Retour                | back after years away                                        |
 *  | 21100017 | Julie Partie               | enrolled last year only (grace)                              |
 *  | 21100018 | Nadia Résiliée             | terminated (R)                                               |
 *  | 21100019 | Tom Attente                | enrolment in creation (C)                                    |
 *  | 21100020 | Éléonore Lefèvre           | name and birth date of 21100010: probably the same person    |
 */
export function hardCases(calendar: Calendar, draw: Draw): StudentRecord[] {
  const { openYear: open, lastYear: last } = calendar
  const cases: readonly HardCase[] = [
    { ...named('LOVELACE', 'ADA', 'F', '2007-12-10', 'ada@example.org'), rows: [[open]] },
    { ...named('MERCIER', 'PAUL', 'M', '2006-03-14', 'famille.mercier@example.org'), rows: [[last], [open, 'E', 'L2']] },
    { ...named('MERCIER', 'PAULINE', 'F', '2006-03-14', 'famille.mercier@example.org'), rows: [[last], [open, 'E', 'L2']] },
    { ...named('SANSADRESSE', 'HUGO', 'M', '2008-01-31', null), rows: [[open]] },
    { ...named('MALFORMÉE', 'INÈS', 'F', '2007-06-02', 'ines.malformee(at)example.org'), rows: [[open]] },
    { ...named('INTERNE', 'LOUIS', 'M', '2007-09-21', 'louis.interne@etu.sorbonne-universite.fr'), rows: [[open]] },
    { ...named('ANNULÉE', 'EMMA', 'F', '2007-11-05', 'emma.annulee@example.net'), rows: [[open, 'A']] },
    { ...named('LOVELACE', 'ADA', 'F', '2005-02-28', 'ada.lovelace@example.net'), rows: [[open]] },
    { ...named("D'ORNANO-LE GOFF DE LA ROCHE-L'ABEILLE", 'ANNE-MARIE', 'F', '2006-12-24', 'am@example.com'), rows: [[open]] },
    { ...named('LEFÈVRE', 'ÉLÉONORE', 'F', '2004-02-29', 'eleonore.lefevre@example.org'), rows: [[last, 'E', 'L3'], [open, 'E', 'M1']] },
    { ...named("CŒURDEROY-L'HAŸ", 'LŒTITIA', 'F', '2007-04-18', 'loetitia@example.org'), rows: [[open]] },
    { ...named('KARTINI', null, 'F', '2003-04-21', 'kartini@example.com'), rows: [[open, 'E', 'M1']] },
    {
      ...named('PETIT', 'SOPHIE', 'F', '1994-08-08', 'sophie.bernard@example.org'),
      usageName: 'BERNARD',
      chosenFirstName: 'CAMILLE',
      rows: [[last, 'E', 'D1'], [open, 'E', 'D2']],
    },
    { ...named('BENALI', 'KARIM', 'M', '2007-07-07', 'karim.benali@example.net'), unpaid: true, rows: [[open]] },
    {
      ...named('DOUBLE', 'CHLOÉ', 'F', '2006-10-16', 'chloe.double@example.org'),
      rows: [[open, 'E', 'L1', { faculty: 'SCI', discipline: 'PHYS' }], [open, 'E', 'L1', { faculty: 'LET', discipline: 'PHIL' }]],
    },
    { ...named('RETOUR', 'MARC', 'M', '1988-05-30', 'marc.retour@example.com'), firstYear: '2007', rows: [[open, 'E', 'M2']] },
    { ...named('PARTIE', 'JULIE', 'F', '2002-01-09', 'julie.partie@example.org'), rows: [[last, 'E', 'M2']] },
    { ...named('RÉSILIÉE', 'NADIA', 'F', '2006-06-26', 'nadia.resiliee@example.net'), rows: [[last], [open, 'R', 'L2']] },
    { ...named('ATTENTE', 'TOM', 'M', '2008-03-03', 'tom.attente@example.org'), rows: [[open, 'C']] },
    { ...named('LEFÈVRE', 'ÉLÉONORE', 'F', '2004-02-29', 'e.lefevre@example.com'), ine: null, rows: [[open, 'E', 'M1']] },
  ] // prettier-ignore
  return cases.map((hard, index) => record(hard, index + 1, calendar, draw))
}

type HardCase = Partial<Person> &
  Pick<Person, 'birthName'> & {
    /** Year, state, level, and the discipline where it matters. The first row of a year is its main one. */
    readonly rows: readonly (readonly [string, EnrolmentState?, Level?, Omit<Course, 'level'>?])[]
    readonly unpaid?: boolean
  }

function named(
  family: string,
  first: string | null,
  sex: 'M' | 'F',
  birthDate: string,
  fixedAddress: string | null,
) {
  return { birthName: family.slice(0, 30), firstName: first, sex, birthDate, fixedAddress }
}

const mathematics = { faculty: 'SCI', discipline: 'MATH' } as const

function record({ rows, unpaid = false, ...facts }: HardCase, index: number, calendar: Calendar, draw: Draw) {
  const number = String(21_100_000 + index)
  const firstYear = rows[0]?.[0] ?? calendar.openYear
  const ine = `0HARD${String(index).padStart(5, '0')}K`
  return {
    person: person({ number, firstYear, ine, ...facts }),
    enrolments: rows.map(([year, state = 'E', level = 'L1', course = mathematics], at) => {
      const main = rows.findIndex((row) => row[0] === year) === at
      return enrolment(
        { number, year, course: { ...course, level }, state, paid: !unpaid, main },
        calendar,
        draw,
      )
    }),
  }
}
