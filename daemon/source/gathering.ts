import type { Enrolment, Person } from '../../domain/person.ts'
import type { SetAside, SetAsideReason } from '../../domain/snapshot.ts'
import { PackedRecords, pack, unpack } from './packed.ts'
import type { RowOutcome } from './rows.ts'

/** People and enrolments put together as they are read: every person first, then the enrolments. */
export interface Gathering {
  addPerson(outcome: RowOutcome<Person>, line: () => number): void
  addEnrolment(outcome: RowOutcome<Enrolment>, line: () => number): void
  /** Everybody with their enrolments, once all rows were added. */
  finish(): Gathered
}

export interface Gathered {
  readonly students: PackedRecords
  /** At most `maxKept` of them, by file and line; `setAsideCount` counts all. */
  readonly setAside: readonly SetAside[]
  readonly setAsideCount: number
  /** How many were set aside, by reason. */
  readonly setAsideReasons: Readonly<Partial<Record<SetAsideReason, number>>>
  /** Years in which at least one enrolment was read. */
  readonly years: ReadonlySet<string>
}

/** People who stand together: whose enrolments may come in any order, long after. */
interface Shelf {
  people: Buffer | readonly Person[]
  readonly packed: Buffer[]
  open: Row[]
}

type Row = readonly [enrolment: Enrolment, line: number]

const peopleOnShelf = 500
/** Enrolments that a shelf holds as they are, before they are packed. */
const openOnShelf = 64

/** An empty gathering. Of two rows with the same number, or the same enrolment, the first is kept: which of
 *  them is right cannot be known, and the first is at least the same at every read. But an enrolment whose rows
 *  disagree on its state is not believed at all: only an explicit fact takes a right away, and what is said before
 *  then stands. `files` are the names set beside the lines of what is set aside.
 *
 *  All is kept packed until it is asked for: a million students as objects would take gigabytes. */
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
  let newest: Person[] = []

  const put = (file: string, line: number, number: string | null, reason: SetAsideReason): void => {
    count++
    reasons[reason] = (reasons[reason] ?? 0) + 1
    if (setAside.length < maxKept) setAside.push({ file, line, number, reason })
  }
  const shelve = (person: Person): void => {
    if (newest.length === 0) shelves.push({ people: newest, packed: [], open: [] })
    newest.push(person)
    const last = shelves.at(-1)
    if (newest.length < peopleOnShelf || last === undefined) return
    last.people = pack(newest)
    newest = []
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
      shelve(outcome.fact)
      places.set(placeOf(number), shelves.length - 1)
    },
    addEnrolment(outcome, line) {
      if ('reason' in outcome) {
        put(files.enrolments, line(), outcome.number, outcome.reason)
        return
      }
      const enrolment = outcome.fact
      const shelf = shelves[places.get(placeOf(enrolment.number)) ?? -1]
      if (shelf === undefined) {
        put(files.enrolments, line(), enrolment.number, 'STUDENT_UNKNOWN')
        return
      }
      shelf.open.push([enrolment, line()])
      if (shelf.open.length < openOnShelf) return
      shelf.packed.push(pack(shelf.open))
      shelf.open = []
    },
    finish() {
      const students = new PackedRecords()
      for (let shelf = shelves.shift(); shelf !== undefined; shelf = shelves.shift()) {
        for (const [person, rows] of taken(shelf)) {
          const believed = believable(rows, (line) => put(files.enrolments, line, person.number, 'DUPLICATE'))
          for (const { year } of believed) years.add(year)
          students.add({ person, enrolments: believed })
        }
      }
      const order = [files.people, files.enrolments]
      setAside.sort(
        (one, other) => order.indexOf(one.file) - order.indexOf(other.file) || one.line - other.line,
      )
      return { students, setAside, setAsideCount: count, setAsideReasons: reasons, years }
    },
  }
}

/** The people of a shelf with what was read of each, in the order of the file. */
function* taken({ people, packed, open }: Shelf): Generator<readonly [Person, Row[]]> {
  const all = Buffer.isBuffer(people) ? (unpack(people) as Person[]) : people
  const rows = new Map<string, Row[]>(all.map(({ number }) => [number, []]))
  for (const some of [...packed.map((each) => unpack(each) as Row[]), open])
    for (const row of some) rows.get(row[0].number)?.push(row)
  for (const person of all) yield [person, rows.get(person.number) ?? []]
}

/** Of rows of one student, those that are taken; the lines of the others are told. */
function believable(rows: readonly Row[], setAside: (line: number) => void): Enrolment[] {
  const taken: Enrolment[] = []
  const contradicted = new Set<string>()
  for (const [enrolment, line] of rows) {
    const same = taken.findIndex((other) => isSame(other, enrolment))
    if (same === -1 && !contradicted.has(nameOf(enrolment))) {
      taken.push(enrolment)
      continue
    }
    setAside(line)
    if (same === -1 || taken[same]?.state === enrolment.state) continue
    taken.splice(same, 1)
    contradicted.add(nameOf(enrolment))
  }
  return taken
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
