import { createHash } from 'node:crypto'
import type { Snapshot } from '../../../domain/snapshot.ts'
import { later, type Clock } from '../../../platform/clock.ts'
import { IdentityError } from '../../../platform/error.ts'
import type { OneStudent, Source } from '../source.ts'
import { isFullDue, sinceText } from './cadence.ts'
import type { SourceDatabase, Visit } from './database.ts'
import { gatherStudents, onlyRecord, type Students } from './students.ts'
import { demandColumns, tablesOf } from './tables.ts'
import { fitted, optionalColumns, sqlText, type Reach } from './text.ts'
import { momentOf, span, type Moment } from './years.ts'

export interface ApogeeOptions {
  readonly database: SourceDatabase
  readonly clock: Pick<Clock, 'now'>
  /** When the last snapshots taken as fact were taken, by the clock of the database. */
  readonly last: () => Promise<{ readonly full: Date | null; readonly any: Date | null }>
  /** `HH:MM` in Paris, after which a whole reading is due. */
  readonly fullAt: string
  /** How far a reading of changes goes back beyond the last one. */
  readonly overlapMs: number
  /** Share of rows that may be set aside, 0 to 1. */
  readonly maxSetAsideShare: number
  /** Years that are open whatever the source says; null: those of ANNEE_UNI. */
  readonly openYears: readonly string[] | null
  /** Whether rows of the year before are asked for. */
  readonly demandsYearBefore: boolean
}

/** A reading of changes is of a few rows, of which one would be too large a share. */
const mostSetAsideOfChanges = 20
/** Shown beside a refusal. */
const examples = 10

/** Apogée's own tables as a source, in a database of whatever make. The first reading of a process, one a day and
 *  whatever is asked for again are whole; between them whoever has moved since the last one is read, with all of their
 *  rows. Numbers of snapshots are the seconds of the database's clock: they grow as it does. */
export function createApogeeSource(options: ApogeeOptions): Source {
  const { database, clock, last, fullAt, overlapMs, openYears } = options
  const where = database.describe()
  const text = sqlText('students')
  let wholeWasRead = false

  const visit = <Result>(
    act: (visit: Visit, moment: Moment, run: Run) => Promise<Result>,
    signal: AbortSignal | undefined,
  ): Promise<Result> =>
    database.visit(
      tablesOf(text),
      async (visited, columns) => {
        demandColumns(where, columns)
        const there = new Set(
          optionalColumns(text).filter((name) => {
            const [table = '', column = ''] = name.split('.')
            return columns.get(table)?.has(column) === true
          }),
        )
        const moment = await momentOf(visited, where, openYears)
        const { first, earliest, last } = span(moment.openYears)
        const run: Run = (reach, values) =>
          gatherStudents(
            visited.query(
              fitted(text, reach, (column) => there.has(column)),
              { first_year: first, open_from: earliest, last_year: last, ...values },
            ),
          )
        return act(visited, moment, run)
      },
      signal,
    )

  return {
    describe: () => where,
    costly: true,
    async read({ signal, again = false } = {}) {
      const { full, any } = await last()
      const whole = again || !wholeWasRead || any === null || isFullDue(clock.now(), full, fullAt)
      const snapshot = await visit(async (_, moment, run) => {
        const students = whole
          ? await run('full', {})
          : await run('delta', { since: sinceText(later(any, -overlapMs)) })
        judge(students, whole, moment, where, options)
        return snapshotOf(students, whole, moment)
      }, signal)
      wholeWasRead ||= whole
      return snapshot
    },
    readStudent: (number, signal) =>
      visit(async (_, { takenAt, openYears }, run): Promise<OneStudent> => {
        const students = await run('one', { student: number })
        if (students.records.size === 0 && students.setAsideCount > 0) {
          throw new IdentityError(
            'FEED_TOO_MANY_SET_ASIDE',
            `${where}: no row of this student can be read (${reasonsOf(students)})`,
          )
        }
        return { takenAt, openYears, record: onlyRecord(students) }
      }, signal),
  }
}

type Run = (reach: Reach, values: Readonly<Record<string, string>>) => Promise<Students>

function snapshotOf(students: Students, whole: boolean, { takenAt, openYears }: Moment): Snapshot {
  const kind = whole ? 'full' : 'delta'
  const said = JSON.stringify([kind, takenAt, openYears, students.digest])
  return {
    number: Math.floor(takenAt.getTime() / 1000),
    takenAt,
    kind,
    openYears,
    digest: createHash('sha256').update(said).digest('hex'),
    students: students.records,
    setAside: students.setAside,
    rows: students.rows,
  }
}

/** The checks of a drop (drop.ts), on what a database has answered. */
function judge(
  students: Students,
  whole: boolean,
  { openYears }: Moment,
  where: string,
  { maxSetAsideShare, demandsYearBefore }: ApogeeOptions,
): void {
  const { rows, records, setAsideCount, setAsideReasons, setAside, years } = students
  if (whole && rows === 0)
    throw new IdentityError('FEED_EMPTY', `${where}: there is no enrolment in the years that are read`)
  const share = Math.floor(rows * maxSetAsideShare + 1e-9)
  const tolerated = whole ? share : Math.max(share, mostSetAsideOfChanges)
  if (setAsideCount > tolerated) {
    throw new IdentityError(
      'FEED_TOO_MANY_SET_ASIDE',
      `${where}: ${setAsideCount} of ${rows} rows cannot be read, ${tolerated} are tolerated (${reasonsOf(students)})`,
      {
        details: {
          reasons: setAsideReasons,
          examples: setAside.slice(0, examples).map(({ file, line, reason }) => ({ file, line, reason })),
        },
      },
    )
  }
  if (!whole) return
  if (records.size === 0) throw new IdentityError('FEED_EMPTY', `${where}: nobody is left of ${rows} rows`)
  const needed = span(openYears).first
  if (demandsYearBefore && !years.has(needed)) {
    throw new IdentityError(
      'FEED_INCOMPLETE',
      `${where}: INS_ADM_ETP shows no enrolment of ${needed}, the year before the open one`,
      { details: { year: needed, years: [...years].sort().slice(0, examples) } },
    )
  }
}

function reasonsOf({ setAsideReasons }: Students): string {
  return Object.entries(setAsideReasons)
    .map(([reason, count]) => `${reason} ${count}`)
    .join(', ')
}
