import type { Enrolment, EnrolmentState, Person } from '../../domain/person.ts'
import type { Calendar } from './calendar.ts'
import type { Draw } from './draw.ts'
import { columnsOf, type Course } from './teaching.ts'

/** A person of whom only a few things are worth saying. */
export function person(facts: Partial<Person> & Pick<Person, 'number' | 'birthName'>): Person {
  return {
    ine: null,
    usageName: null,
    firstName: null,
    secondName: null,
    chosenFirstName: null,
    birthDate: null,
    sex: null,
    civility: facts.sex === 'M' ? '1' : facts.sex === 'F' ? '2' : null,
    firstYear: null,
    fixedAddress: null,
    annualAddress: null,
    mobile: null,
    ...facts,
  }
}

interface EnrolmentFacts {
  readonly number: string
  readonly year: string
  readonly course: Course
  readonly state: EnrolmentState
  readonly paid: boolean
  readonly main: boolean
}

/** An enrolment with plausible dates: cancelled ones have the date of it. */
export function enrolment(facts: EnrolmentFacts, calendar: Calendar, draw: Draw): Enrolment {
  const { number, year, course, state, paid, main } = facts
  const createdAt = calendar.enrolledAt(year, draw)
  const over = state === 'A' || state === 'R'
  const changedAt = over || draw.happens(0.4) ? calendar.sometimeAfter(createdAt, 40, draw) : null
  return {
    ...columnsOf(course),
    number,
    year,
    occurrence: '1',
    state,
    payment: paid ? 'P' : 'A',
    main,
    createdAt,
    modifiedAt: changedAt,
    cancelledAt: over ? changedAt : null,
  }
}
