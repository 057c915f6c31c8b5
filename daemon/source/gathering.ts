import type { Enrolment, Person, StudentRecord } from '../../domain/person.ts'
import type { SetAside, SetAsideReason, StudentRecords } from '../../domain/snapshot.ts'
import { KeptTexts } from './kept-texts.ts'
import type { RowOutcome } from './rows.ts'

/** People and enrolments put together as they are read: every person first, then the enrolments. */
export interface Gathering {
  addPerson(outcome: RowOutcome<Person>, line: () => number): void
  addEnrolment(outcome: RowOutcome<Enrolment>, line: () => number): void
  /** Everybody with their enrolments, once all rows were added. */
  finish(): Gathered
}

export interface Gathered {
  readonly students: StudentRecords
  /** At most `maxKept` of them, by file and line; `setAsideCount` counts all. */
  readonly setAside: readonly SetAside[]
  readonly setAsideCount: number
  /** How many were set aside, by reason. */
  readonly setAsideReasons: Readonly<Partial<Record<SetAsideReason, number>>>
  /** Years in which at least one enrolment was read. */
  readonly years: ReadonlySet<string>
}

/** People who stand together: whose enrolments may come in any order, long after. Facts are texts of a few dozen bytes:
 *  a million students as objects would take gigabytes. */
interface Shelf {
  readonly people: KeptTexts
  /** Enrolments, each with its line. */
  rows: KeptTexts
}

const peopleOnShelf = 500

/** An empty gathering. Of two rows with the same number, or the same enrolment, the first is kept: which of
 *  them is right cannot be known, and the first is at least the same at every read. But an enrolment whose rows
 *  disagree on its state is not believed at all: only an explicit fact takes a right away, and what is said before
 *  then stands. `files` are the names set beside the lines of what is set aside. */
export function gather(
  files: { readonly people: string; readonly enrolments: string },
  maxKept: number,
): Gathering {
  /** Which shelf a number is on. */
  const places = new Map<number, number>()
  const shelves: Shelf[] = []
  const setAside: SetAside[] = []
  const reasons: Partial<Record<SetAsideReason, number>> = {}
  const years = new Set<string>()
  let count = 0

  const put = (file: string, line: number, number: string | null, reason: SetAsideReason): void => {
    count++
    reasons[reason] = (reasons[reason] ?? 0) + 1
    if (setAside.length < maxKept) setAside.push({ file, line, number, reason })
  }

  return {
    addPerson(outcome, line) {
      if ('reason' in outcome) {
        put(files.people, line(), outcome.number, outcome.reason)
        return
      }
      const { number } = outcome.fact
      if (places.has(placeOf(number))) {
        put(files.people, line(), number, 'DUPLICATE')
        return
      }
      if ((shelves.at(-1)?.people.count ?? peopleOnShelf) === peopleOnShelf)
        shelves.push({ people: new KeptTexts(), rows: new KeptTexts() })
      shelves.at(-1)?.people.add(textOf(personKeys, outcome.fact))
      places.set(placeOf(number), shelves.length - 1)
    },
    addEnrolment(outcome, line) {
      if ('reason' in outcome) {
        put(files.enrolments, line(), outcome.number, outcome.reason)
        return
      }
      const { number } = outcome.fact
      const shelf = shelves[places.get(placeOf(number)) ?? -1]
      if (shelf === undefined) put(files.enrolments, line(), number, 'STUDENT_UNKNOWN')
      else shelf.rows.add(textOf(enrolmentKeys, outcome.fact, line()))
    },
    finish() {
      for (const shelf of shelves) {
        const believed: string[] = []
        for (const rows of rowsByNumber(shelf).values()) {
          const taken = believable(rows, ({ line, enrolment }) =>
            put(files.enrolments, line, enrolment.number, 'DUPLICATE'),
          )
          for (const { enrolment, text } of taken) {
            years.add(enrolment.year)
            believed.push(text)
          }
        }
        // Mostly nothing was set aside, and what is kept is kept as it is.
        if (believed.length === shelf.rows.count) continue
        shelf.rows = new KeptTexts()
        for (const text of believed) shelf.rows.add(text)
      }
      const order = [files.people, files.enrolments]
      setAside.sort(
        (one, other) => order.indexOf(one.file) - order.indexOf(other.file) || one.line - other.line,
      )
      const students = new ShelvedRecords(shelves, places.size)
      return { students, setAside, setAsideCount: count, setAsideReasons: reasons, years }
    },
  }
}

/** What was gathered, put together again as it is asked for. */
class ShelvedRecords implements StudentRecords {
  readonly #shelves: readonly Shelf[]
  readonly size: number

  constructor(shelves: readonly Shelf[], size: number) {
    this.#shelves = shelves
    this.size = size
  }

  *keys(): Iterable<string> {
    for (const { people } of this.#shelves)
      for (const text of people) yield factFrom<Person>(personKeys, text).fact.number
  }

  *values(): Iterable<StudentRecord> {
    for (const shelf of this.#shelves) {
      const rows = rowsByNumber(shelf)
      for (const text of shelf.people) {
        const person = factFrom<Person>(personKeys, text).fact
        yield { person, enrolments: (rows.get(person.number) ?? []).map(({ enrolment }) => enrolment) }
      }
    }
  }
}

interface Row {
  readonly enrolment: Enrolment
  readonly line: number
  readonly text: string
}

function rowsByNumber({ rows }: Shelf): Map<string, Row[]> {
  const found = new Map<string, Row[]>()
  for (const text of rows) {
    const { fact: enrolment, line } = factFrom<Enrolment>(enrolmentKeys, text)
    const row = { enrolment, line, text }
    const others = found.get(enrolment.number)
    if (others === undefined) found.set(enrolment.number, [row])
    else others.push(row)
  }
  return found
}

/** Of rows of one student, those that are taken; the others are told. */
function believable(rows: readonly Row[], setAside: (row: Row) => void): Row[] {
  const taken: Row[] = []
  const contradicted = new Set<string>()
  for (const row of rows) {
    const { enrolment } = row
    const same = taken.findIndex((other) => isSame(other.enrolment, enrolment))
    if (same === -1 && !contradicted.has(nameOf(enrolment))) {
      taken.push(row)
      continue
    }
    setAside(row)
    if (same === -1 || taken[same]?.enrolment.state === enrolment.state) continue
    taken.splice(same, 1)
    contradicted.add(nameOf(enrolment))
  }
  return taken
}

const personKeys = [
  'number', 'ine', 'birthName', 'usageName', 'firstName', 'secondName', 'chosenFirstName', 'birthDate', 'sex',
  'civility', 'firstYear', 'fixedAddress', 'annualAddress', 'mobile',
] as const satisfies readonly (keyof Person)[] // prettier-ignore

const enrolmentKeys = [
  'number', 'year', 'step', 'stepVersion', 'occurrence', 'diploma', 'component', 'componentLabel', 'state', 'payment',
  'main', 'createdAt', 'modifiedAt', 'cancelledAt', 'regime', 'sector', 'diplomaType', 'cursus',
] as const satisfies readonly (keyof Enrolment)[] // prettier-ignore

/** A fact without the names of its parts, and the line where it stood. No part is a number: 0 stands for null, which is
 *  most of them. */
function textOf<Key extends string>(
  keys: readonly Key[],
  fact: Readonly<Record<Key, unknown>>,
  line = 0,
): string {
  return JSON.stringify([...keys.map((key) => fact[key] ?? 0), line])
}

function factFrom<Fact>(keys: readonly (keyof Fact)[], text: string): { fact: Fact; line: number } {
  const values = JSON.parse(text) as unknown[]
  const fact: Partial<Record<keyof Fact, unknown>> = {}
  for (const [index, key] of keys.entries()) fact[key] = values[index] === 0 ? null : values[index]
  return { fact: fact as Fact, line: values[keys.length] as number }
}

/** A number as a small integer; its length is part of it. */
function placeOf(number: string): number {
  return Number(`1${number}`)
}

/** Whether two rows are of one enrolment. */
export function isSame(one: Enrolment, other: Enrolment): boolean {
  return (
    one.year === other.year &&
    one.step === other.step &&
    one.stepVersion === other.stepVersion &&
    one.occurrence === other.occurrence
  )
}

/** What an enrolment is known by. */
export function nameOf({ number, year, step, stepVersion, occurrence }: Enrolment): string {
  return JSON.stringify([number, year, step, stepVersion, occurrence])
}
