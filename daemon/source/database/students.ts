import { createHash } from 'node:crypto'
import type { Enrolment, Person, StudentRecord } from '../../../domain/person.ts'
import type { SetAside, SetAsideReason } from '../../../domain/snapshot.ts'
import { enrolmentColumns, personColumns, positionsOf, type Positions } from '../columns.ts'
import { isSame, nameOf } from '../gathering.ts'
import { enrolmentFrom, personFrom } from '../rows.ts'
import { cellsOf } from './cells.ts'
import type { Batch } from './database.ts'
import { PackedRecords } from '../packed.ts'

/** Rows of the query, read to their end. */
export interface Students {
  readonly records: PackedRecords
  readonly rows: number
  /** At most `mostKept` of them; `setAsideCount` counts all. */
  readonly setAside: readonly SetAside[]
  readonly setAsideCount: number
  readonly setAsideReasons: Readonly<Partial<Record<SetAsideReason, number>>>
  /** Years in which at least one enrolment was read. */
  readonly years: ReadonlySet<string>
  /** SHA-256 of every cell. */
  readonly digest: string
}

const people = 'INDIVIDU'
const enrolments = 'INS_ADM_ETP'
const mostKept = 10_000

/** What registrars write for a first name into a record that is a double of another one. A drop's exporter leaves such
 *  records out or means them; here nobody else looks. */
const doubleMark = 'DOUBLONS'

/** The student whose rows are being read: they follow one another. */
interface Current {
  readonly key: string
  readonly person: Person | null
  /** Why nobody can be made of these rows. */
  readonly reason: SetAsideReason | null
  readonly number: string | null
  readonly enrolments: Enrolment[]
  readonly contradicted: Set<string>
}

/** Puts the rows of `students.sql` together, each student's as they come one after the other. What cannot be taken is
 *  set aside row by row, as a drop does (gathering.ts): of two records of one number the first is taken, and an enrolment
 *  whose rows disagree on its state is not believed at all. Nothing is kept but the records, packed. */
export async function gatherStudents(batches: AsyncIterable<Batch>): Promise<Students> {
  const records = new PackedRecords()
  const setAside: SetAside[] = []
  const reasons: Partial<Record<SetAsideReason, number>> = {}
  const years = new Set<string>()
  const hash = createHash('sha256')
  let count = 0
  let rows = 0
  let current: Current | null = null

  const put = (file: string, number: string | null, reason: SetAsideReason): void => {
    count++
    reasons[reason] = (reasons[reason] ?? 0) + 1
    if (setAside.length < mostKept) setAside.push({ file, line: rows, number, reason })
  }
  const close = (): void => {
    if (current?.person) records.add({ person: current.person, enrolments: current.enrolments })
  }

  for await (const { columns, rows: batch } of batches) {
    const positions: Places = {
      people: positionsOf(columns, personColumns).positions,
      enrolments: positionsOf(columns, enrolmentColumns).positions,
      number: columns.indexOf('COD_ETU'),
      person: columns.indexOf('COD_IND'),
    }
    for (const row of batch) {
      rows++
      const cells = cellsOf(row)
      hash.update(cells.join('\u001f')).update('\n')
      const key = `${cells[positions.number] ?? ''}\u001f${cells[positions.person] ?? ''}`
      if (current?.key !== key) {
        close()
        current = begin(key, cells, positions, records)
      }
      if (current.reason !== null) {
        put(people, current.number, current.reason)
        continue
      }
      const reason = addEnrolment(current, cells, positions.enrolments, years)
      if (reason !== null) put(enrolments, current.number, reason)
    }
  }
  close()
  return {
    records,
    rows,
    setAside,
    setAsideCount: count,
    setAsideReasons: reasons,
    years,
    digest: hash.digest('hex'),
  }
}

interface Places {
  readonly people: Positions
  readonly enrolments: Positions
  readonly number: number
  readonly person: number
}

function begin(key: string, cells: readonly string[], places: Places, records: PackedRecords): Current {
  const empty = { key, enrolments: [], contradicted: new Set<string>() }
  // An enrolment of somebody whom INDIVIDU does not show.
  if ((cells[places.person] ?? '') === '')
    return { ...empty, person: null, number: null, reason: 'STUDENT_UNKNOWN' }
  const outcome = personFrom(cells, places.people)
  if ('reason' in outcome) return { ...empty, person: null, ...outcome }
  const { number, firstName } = outcome.fact
  if (firstName === doubleMark) return { ...empty, person: null, number, reason: 'MARKED_DUPLICATE' }
  if (records.has(number)) return { ...empty, person: null, number, reason: 'DUPLICATE' }
  return { ...empty, person: outcome.fact, number, reason: null }
}

/** Adds the enrolment of a row, or says why not. */
function addEnrolment(
  { enrolments: known, contradicted }: Current,
  cells: readonly string[],
  positions: Positions,
  years: Set<string>,
): SetAsideReason | null {
  const outcome = enrolmentFrom(cells, positions)
  if ('reason' in outcome) return outcome.reason
  const enrolment = outcome.fact
  const same = known.findIndex((other) => isSame(other, enrolment))
  if (same !== -1) {
    if (known[same]?.state !== enrolment.state) {
      known.splice(same, 1)
      contradicted.add(nameOf(enrolment))
    }
    return 'DUPLICATE'
  }
  if (contradicted.has(nameOf(enrolment))) return 'DUPLICATE'
  known.push(enrolment)
  years.add(enrolment.year)
  return null
}

/** The only record of these, or null. */
export function onlyRecord({ records }: Students): StudentRecord | null {
  for (const record of records.values()) return record
  return null
}
