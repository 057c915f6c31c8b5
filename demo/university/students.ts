import { withoutAccents } from '../../domain/name.ts'
import type { Enrolment, EnrolmentState, Person, StudentRecord } from '../../domain/person.ts'
import { enrolment, person } from './build.ts'
import type { Calendar } from './calendar.ts'
import type { Draw } from './draw.ts'
import { familyName, firstName, likelySex } from './names.ts'
import type { NumberGiver } from './numbers.ts'
import { course, entryCourse, faculties, nextCourse, type Course } from './teaching.ts'

/** Makes student after student, some of whom resemble or share with one of the last few hundred. */
type StudentMaker = () => StudentRecord

const remembered = 300

/** A maker of students. Numbers, INEs and personal addresses are never given twice but on purpose. */
export function studentMaker(calendar: Calendar, draw: Draw, giveNumber: NumberGiver): StudentMaker {
  const recent: Person[] = []
  let serial = 0

  return () => {
    serial++
    const story = draw.among(stories)
    const firstYear = firstYearOf(story, calendar, draw)
    const number = giveNumber(firstYear)
    const stranger = strangerOf({ number, firstYear, serial }, draw)
    const other = recent.length > 0 ? draw.pick(recent) : null
    const made = other === null ? stranger : related(stranger, other, draw)
    recent[(serial - 1) % remembered] = made
    return { person: made, enrolments: enrolmentsOf(number, story, calendar, draw) }
  }
}

/** How somebody stands this year, per thousand. */
const stories = {
  first: 270,
  continuing: 505,
  returning: 30,
  left: 130,
  cancelledFirst: 15,
  cancelledContinuing: 10,
  terminated: 12,
  inCreation: 8,
  changedMind: 20,
}
type Story = keyof typeof stories

const beginners: readonly Story[] = ['first', 'cancelledFirst', 'inCreation', 'changedMind']

function firstYearOf(story: Story, { openYear }: Calendar, draw: Draw): string {
  if (beginners.includes(story)) return openYear
  const ago = story === 'returning' ? 2 + draw.below(14) : 1 + draw.rank(9)
  return String(Number(openYear) - ago)
}

function enrolmentsOf(number: string, story: Story, calendar: Calendar, draw: Draw): Enrolment[] {
  const { openYear, lastYear } = calendar
  const begun = entryCourse(draw)
  const row = (year: string, course: Course, state: EnrolmentState, main = true): Enrolment =>
    enrolment(
      { number, year, course, state, paid: state === 'E' && !draw.happens(0.08), main },
      calendar,
      draw,
    )

  const rows: Enrolment[] = []
  let now = begun
  if (['continuing', 'left', 'cancelledContinuing', 'terminated'].includes(story)) {
    rows.push(row(lastYear, begun, 'E'))
    now = nextCourse(begun, draw)
  }
  if (story === 'left') return rows
  if (story === 'cancelledFirst' || story === 'cancelledContinuing') return [...rows, row(openYear, now, 'A')]
  if (story === 'terminated') return [...rows, row(openYear, now, 'R')]
  if (story === 'inCreation') return [...rows, row(openYear, now, 'C')]
  if (story === 'changedMind') return [row(openYear, elsewhere(now, draw), 'A'), row(openYear, now, 'E')]
  rows.push(row(openYear, now, 'E'))
  if (draw.happens(0.03)) rows.push(row(openYear, elsewhere(now, draw), 'E', false))
  return rows
}

/** A course of the same level in another faculty. */
function elsewhere(from: Course, draw: Draw): Course {
  return course(draw, draw.pick(faculties.filter((faculty) => faculty !== from.faculty)), from.level)
}

interface Begun {
  readonly number: string
  readonly firstYear: string
  readonly serial: number
}

function strangerOf({ number, firstYear, serial }: Begun, draw: Draw): Person {
  const first = draw.happens(0.003) ? null : firstName(draw)
  const sex = likelySex(first ?? '', draw)
  const birthName = familyName(draw)
  const born = Number(firstYear) - 18 - (draw.happens(0.85) ? draw.below(3) : draw.below(30))
  const address = draw.happens(0.985) ? addressFor(first, birthName, serial, draw) : null
  const where = draw.among({ fixed: 75, annual: 15, both: 10 })
  return person({
    number,
    ine: draw.happens(0.94) ? ineFor(serial, draw) : null,
    birthName,
    usageName: draw.happens(sex === 'F' ? 0.06 : 0.01) ? familyName(draw) : null,
    // Records emptied after a merge are left in Apogée under this first name.
    firstName: draw.happens(0.0002) ? 'DOUBLONS' : first,
    secondName: draw.happens(0.4) ? firstName(draw) : null,
    chosenFirstName: draw.happens(0.015) ? firstName(draw) : null,
    birthDate: draw.happens(0.999) ? dayIn(born, draw) : null,
    sex,
    firstYear,
    fixedAddress:
      where === 'both' && address !== null ? `avant.${address}` : where === 'annual' ? null : address,
    annualAddress: where === 'fixed' ? null : address,
    mobile: draw.happens(0.6) ? `063998${String(draw.below(10_000)).padStart(4, '0')}` : null,
  })
}

/** What a newcomer may have in common with somebody. */
function related(newcomer: Person, other: Person, draw: Draw): Person {
  const { birthName, firstName, birthDate, fixedAddress, annualAddress, ine } = other
  const kinship = draw.among({ none: 972, homonym: 15, twin: 5, family: 6, duplicate: 2 })
  if (kinship === 'homonym') return { ...newcomer, birthName, firstName }
  if (kinship === 'twin') return { ...newcomer, birthName, birthDate, fixedAddress, annualAddress }
  if (kinship === 'family') return { ...newcomer, birthName, fixedAddress, annualAddress }
  if (kinship === 'none') return newcomer
  return { ...newcomer, birthName, firstName, birthDate, ine: draw.happens(0.5) ? ine : newcomer.ine }
}

/** A personal address. The serial number in it makes it the only one; some are no use, as in life. */
function addressFor(first: string | null, family: string, serial: number, draw: Draw): string {
  const words = withoutAccents([first ?? '', family].join('.'))
  const local = `${words
    .toLowerCase()
    .replace(/[^a-z.]+/g, '')
    .replace(/^\.|\.$/g, '')}.${serial.toString(36)}`
  const form = draw.among({ good: 988, institutional: 5, malformed: 7 })
  if (form === 'institutional') return `${local}@etu.sorbonne-universite.fr`
  if (form === 'malformed') return draw.pick(malformations)(local)
  return `${local}@${draw.pick(['example.org', 'example.net', 'example.com'])}`
}

const malformations: readonly ((local: string) => string)[] = [
  (local) => local,
  (local) => `${local}@`,
  (local) => `${local}@example`,
  (local) => `${local}@@example.org`,
  (local) => `${local}@example..org`,
  (local) => `${local.replace('.', ' ')}@example.org`,
  (local) => `${local}@example.org;${local}@example.net`,
  (local) => `é${local}@example.org`,
]

/** Eleven characters: ten digits, of which six are the serial number, and a letter. */
function ineFor(serial: number, draw: Draw): string {
  const digits = String(draw.below(10_000)).padStart(4, '0') + String(serial).padStart(6, '0')
  return digits + 'ABCDEFGHJKLMNPRSTUVWXYZ'.charAt(Number(digits) % 23)
}

function dayIn(year: number, draw: Draw): string {
  return new Date(Date.UTC(year, 0, 1 + draw.below(365))).toISOString().slice(0, 10)
}
