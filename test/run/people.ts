import type { Enrolment, Person, StudentRecord } from '../../domain/person.ts'

let given = 0

/** A student number that nobody in this file has had. */
export function freshNumber(): string {
  return String(21_500_000 + ++given)
}

/** A number whose person has an address of their own, unless told otherwise. */
export function person(number: string, facts: Partial<Person> = {}): Person {
  return {
    number,
    ine: null,
    birthName: 'LOVELACE',
    usageName: null,
    firstName: `ADA ${spelt(number)}`,
    secondName: null,
    chosenFirstName: null,
    birthDate: '2006-12-10',
    sex: 'F',
    civility: null,
    firstYear: null,
    fixedAddress: `p${number}@example.org`,
    annualAddress: null,
    mobile: null,
    ...facts,
  }
}

/** An enrolment in 2026, in progress, unless told otherwise. */
export function enrolment(number: string, facts: Partial<Enrolment> = {}): Enrolment {
  return {
    number,
    year: '2026',
    step: 'L1MATH',
    stepVersion: '261',
    occurrence: '1',
    diploma: 'LICMATH',
    component: 'SCI',
    componentLabel: 'Sciences',
    state: 'E',
    payment: null,
    main: true,
    createdAt: '2026-07-08T08:11:12.000Z',
    modifiedAt: null,
    cancelledAt: null,
    regime: null,
    sector: null,
    diplomaType: null,
    cursus: null,
    ...facts,
  }
}

/** Somebody enrolled, for the years and in the state given. */
export function enrolled(
  number = freshNumber(),
  {
    years = ['2026'],
    state = 'E',
    ...facts
  }: Partial<Person> & { years?: readonly string[]; state?: Enrolment['state'] } = {},
): StudentRecord {
  return {
    person: person(number, facts),
    enrolments: years.map((year) => enrolment(number, { year, state })),
  }
}

export function crowd(size: number): StudentRecord[] {
  return Array.from({ length: size }, () => enrolled())
}

/** Letters for digits, so that no two people bear the same name. */
function spelt(number: string): string {
  return number.replace(/\d/g, (digit) => 'ABCDEFGHIJ'.charAt(Number(digit)))
}
