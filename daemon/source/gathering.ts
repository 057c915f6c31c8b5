import type { Enrolment, Person, StudentRecord } from '../../domain/person.ts'
import type { SetAside, SetAsideReason } from '../../domain/snapshot.ts'
import type { RowOutcome } from './rows.ts'

/** People and enrolments put together as they are read: every person first, then the enrolments. */
export interface Gathering {
  addPerson(outcome: RowOutcome<Person>, line: () => number): void
  addEnrolment(outcome: RowOutcome<Enrolment>, line: () => number): void
  readonly students: ReadonlyMap<string, StudentRecord>
  /** At most `maxKept` of them; `setAsideCount` counts all. */
  readonly setAside: readonly SetAside[]
  readonly setAsideCount: number
  /** How many were set aside, by reason. */
  readonly setAsideReasons: Readonly<Partial<Record<SetAsideReason, number>>>
  /** Years in which at least one enrolment was read. */
  readonly years: ReadonlySet<string>
}

/** An empty gathering. Of two rows with the same number, or the same enrolment, the first is kept: which of
 *  them is right cannot be known, and the first is at least the same at every read. But an enrolment whose rows
 *  disagree on its state is not believed at all: only an explicit fact takes a right away, and what is said before
 *  then stands. `line` is asked only when a row is set aside. `files` are the names set beside those lines. */
export function gather(
  files: { readonly people: string; readonly enrolments: string },
  maxKept: number,
): Gathering {
  const students = new Map<string, { person: Person; enrolments: Enrolment[] }>()
  const setAside: SetAside[] = []
  const reasons: Partial<Record<SetAsideReason, number>> = {}
  const years = new Set<string>()
  const contradicted = new Set<string>()
  let count = 0

  const put = (file: string, line: () => number, number: string | null, reason: SetAsideReason): void => {
    count++
    reasons[reason] = (reasons[reason] ?? 0) + 1
    if (setAside.length < maxKept) setAside.push({ file, line: line(), number, reason })
  }

  return {
    students,
    setAside,
    setAsideReasons: reasons,
    years,
    get setAsideCount() {
      return count
    },
    addPerson(outcome, line) {
      if ('reason' in outcome) {
        put(files.people, line, outcome.number, outcome.reason)
      } else if (students.has(outcome.fact.number)) {
        put(files.people, line, outcome.fact.number, 'DUPLICATE')
      } else {
        students.set(outcome.fact.number, { person: outcome.fact, enrolments: [] })
      }
    },
    addEnrolment(outcome, line) {
      if ('reason' in outcome) {
        put(files.enrolments, line, outcome.number, outcome.reason)
        return
      }
      const enrolment = outcome.fact
      const student = students.get(enrolment.number)
      const known = student?.enrolments.find((other) => isSame(other, enrolment))
      if (student === undefined) {
        put(files.enrolments, line, enrolment.number, 'STUDENT_UNKNOWN')
      } else if (known !== undefined) {
        put(files.enrolments, line, enrolment.number, 'DUPLICATE')
        if (known.state === enrolment.state) return
        student.enrolments.splice(student.enrolments.indexOf(known), 1)
        contradicted.add(nameOf(enrolment))
      } else if (contradicted.size > 0 && contradicted.has(nameOf(enrolment))) {
        put(files.enrolments, line, enrolment.number, 'DUPLICATE')
      } else {
        student.enrolments.push(enrolment)
        years.add(enrolment.year)
      }
    },
  }
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
