import type { StudentRecord } from '../domain/person.ts'
import { IdentityError } from '../platform/error.ts'
import { seededChance } from '../platform/chance.ts'
import { calendarOn } from './university/calendar.ts'
import { drawFrom } from './university/draw.ts'
import { hardCases } from './university/hard-cases.ts'
import { numberGiver } from './university/numbers.ts'
import { studentMaker } from './university/students.ts'

export { writeDrop, type DropFacts } from './generate-drop.ts'
export { openYearOn } from './university/calendar.ts'

export interface University {
  /** How many, from 1 to 1,000,000. */
  readonly students: number
  /** The same seed and day give the same university, and a smaller one is the beginning of a larger one. */
  readonly seed: string
  /** `YYYY-MM-DD`: nothing in it is later than that morning. */
  readonly today: string
}

const most = 1_000_000

/** A synthetic university: the well-known hard cases first (`university/hard-cases.ts`), then a plausible crowd
 *  with every enrolment of the open year and of the year before. Pure. Personal addresses are at example.org,
 *  example.net and example.com, but for the few inside the university, to which nothing is ever sent.
 *  Throws `USAGE` when it cannot be that many, or that day. */
export function generateUniversity({ students, seed, today }: University): StudentRecord[] {
  if (!Number.isInteger(students) || students < 1 || students > most) {
    throw new IdentityError('USAGE', `a university has from 1 to ${most} students`)
  }
  if (!/^2\d{3}-\d\d-\d\d$/.test(today) || Number.isNaN(Date.parse(today))) {
    throw new IdentityError('USAGE', 'today must be a day of this millennium, as 2026-09-15')
  }
  const calendar = calendarOn(today)
  // The crowd has chance of its own, so that another hard case changes nobody else.
  const records = hardCases(calendar, drawFrom(seededChance(`${seed} hard cases`))).slice(0, students)
  const make = studentMaker(calendar, drawFrom(seededChance(`${seed} crowd`)), numberGiver())
  while (records.length < students) records.push(make())
  return records
}
