import fc from 'fast-check'
import { accountStates } from '../../domain/account.ts'
import type { Enrolment, Person } from '../../domain/person.ts'
import type { Holder, Site } from '../../domain/profile.ts'
import type { Right } from '../../domain/right.ts'

export const site: Site = {
  establishment: '0755890V',
  scope: 'sorbonne-universite.fr',
  names: 'usage',
  rightStates: ['E'],
}

export const person = (differs: Partial<Person> = {}): Person => ({
  number: '21100001',
  ine: '0123456789A',
  birthName: 'LOVELACE',
  usageName: null,
  firstName: 'ADA',
  secondName: null,
  chosenFirstName: null,
  birthDate: '2003-12-10',
  sex: 'F',
  civility: null,
  firstYear: '2026',
  fixedAddress: 'ada@example.org',
  annualAddress: null,
  mobile: null,
  ...differs,
})

export const enrolment = (differs: Partial<Enrolment> = {}): Enrolment => ({
  number: '21100001',
  year: '2026',
  step: 'L1MATH',
  stepVersion: '261',
  occurrence: '1',
  diploma: 'LMATH',
  component: 'SCI',
  componentLabel: 'Faculté des Sciences et Ingénierie',
  state: 'E',
  payment: 'P',
  main: true,
  createdAt: '2026-07-08T08:00:00.000Z',
  modifiedAt: null,
  cancelledAt: null,
  regime: '10',
  sector: '27',
  diplomaType: 'DC',
  cursus: 'L1',
  ...differs,
})

export const openRight: Right = { kind: 'open', years: ['2026'], reason: 'ENROLLED' }
export const graceRight: Right = { kind: 'grace', years: ['2025'], reason: 'GRACE' }
export const noRight: Right = { kind: 'none', years: [], reason: 'CANCELLED' }

export const holder = (differs: Partial<Holder> = {}): Holder => ({
  person: person(),
  enrolments: [enrolment()],
  state: 'active',
  locked: false,
  formerMails: [],
  hasMailbox: false,
  right: openRight,
  graceUntil: null,
  mail: 'ada.lovelace@etu.sorbonne-universite.fr',
  personalAddress: 'ada@example.org',
  verifiers: { argon2id: 'mac-argon2id', ssha512: 'mac-ssha512', ssha: 'mac-ssha' },
  ...differs,
})

/** Texts as a feed may bring them: awkward, but seldom beyond what somebody could type. */
export const awkwardText = fc.oneof(
  fc.constantFrom(
    '',
    'O',
    "D'ALEMBERT",
    'DE LA TOUR',
    'ŒUVRARD',
    '[x]',
    '{y}',
    'مريم',
    'a]b=c[d',
    '[',
    ']',
    '{}',
  ),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
)

const code = fc.option(awkwardText, { nil: null })

export const anyPerson: fc.Arbitrary<Person> = fc.record({
  number: fc.stringMatching(/^[0-9]{7,8}$/),
  ine: fc.option(fc.stringMatching(/^[0-9A-Z]{11}$/), { nil: null }),
  birthName: awkwardText,
  usageName: code,
  firstName: code,
  secondName: code,
  chosenFirstName: code,
  birthDate: fc.constantFrom(null, '2003-12-10'),
  sex: fc.constantFrom('M', 'F', null),
  civility: fc.constantFrom(null, '', '1', '2', '3', '9'),
  firstYear: fc.constantFrom(null, '2026'),
  fixedAddress: fc.constant(null),
  annualAddress: fc.constant(null),
  mobile: fc.constant(null),
})

export const anyEnrolment: fc.Arbitrary<Enrolment> = fc.record({
  number: fc.constant('21100001'),
  year: fc.constantFrom('2024', '2025', '2026', '2027'),
  step: fc.constantFrom('L1MATH', 'M2DROIT'),
  stepVersion: fc.constantFrom('261', '262'),
  occurrence: fc.constantFrom('1', '2'),
  diploma: code,
  component: fc.constantFrom(null, '', 'SCI', 'LET', 'MED'),
  componentLabel: fc.constant(null),
  state: fc.constantFrom('E', 'A', 'R', 'C'),
  payment: fc.constantFrom(null, 'P', 'A'),
  main: fc.boolean(),
  createdAt: fc.constant(null),
  modifiedAt: fc.constant(null),
  cancelledAt: fc.constant(null),
  regime: code,
  sector: code,
  diplomaType: code,
  cursus: code,
})

/** Enrolments of one person: no two bear the same year, step, version and occurrence. */
export const anyEnrolments = fc.uniqueArray(anyEnrolment, {
  maxLength: 6,
  selector: ({ year, step, stepVersion, occurrence }) => [year, step, stepVersion, occurrence].join(' '),
})

export const anyRight: fc.Arbitrary<Right> = fc.oneof(
  fc.constantFrom<Right[]>({ ...openRight, years: ['2026', '2027'] }, openRight, graceRight, noRight),
)

export const anyHolder: fc.Arbitrary<Holder> = fc.record({
  person: anyPerson,
  enrolments: anyEnrolments,
  state: fc.constantFrom(...accountStates),
  locked: fc.boolean(),
  right: anyRight,
  graceUntil: fc.constantFrom(null, '2026-11-30'),
  mail: fc.constantFrom(null, 'ada.lovelace@etu.sorbonne-universite.fr'),
  formerMails: fc.constantFrom<Holder['formerMails'][]>([], ['ada.byron@etu.sorbonne-universite.fr']),
  personalAddress: fc.constantFrom(null, 'ada@example.org'),
  hasMailbox: fc.boolean(),
  verifiers: fc.constantFrom<Holder['verifiers'][]>(
    {},
    { argon2id: 'mac-argon2id' },
    { argon2id: 'mac-argon2id', ssha512: 'mac-ssha512', ssha: 'mac-ssha' },
  ),
})

/** The same items in another order. */
export const shuffled = <T>(items: readonly T[]): fc.Arbitrary<T[]> =>
  fc.shuffledSubarray([...items], { minLength: items.length })
