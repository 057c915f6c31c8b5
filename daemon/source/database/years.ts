import { before } from '../../../domain/year.ts'
import { IdentityError } from '../../../platform/error.ts'
import type { Visit } from './database.ts'
import { fitted, sqlText } from './text.ts'
import { cellsOf } from './cells.ts'

/** What the database says of itself before anybody is read. */
export interface Moment {
  /** By the clock of the database, to the second. */
  readonly takenAt: Date
  /** Oldest first. */
  readonly openYears: readonly string[]
}

const mostOpen = 4

/** The open years and the clock. A table that shows nothing at all has lost its rows or our right to see them: refused
 *  with `FEED_EMPTY`, in every kind of reading. `open` are years that are open whatever the source says. */
export async function momentOf(visit: Visit, where: string, open: readonly string[] | null): Promise<Moment> {
  const years: Record<string, string>[] = []
  for await (const { columns, rows } of visit.query(
    fitted(sqlText('years'), 'full', () => true),
    {},
  )) {
    for (const row of rows) {
      const cells = cellsOf(row)
      years.push(Object.fromEntries(columns.map((column, index) => [column, cells[index] ?? ''])))
    }
  }
  const [first] = years
  if (first === undefined) throw empty(where, 'ANNEE_UNI')
  if (first['HAS_PEOPLE'] !== 'O') throw empty(where, 'INDIVIDU')
  if (first['HAS_ADDRESSES'] !== 'O') throw empty(where, 'ADRESSE')
  if (!years.some((year) => year['HAS_ENROLMENTS'] === 'O')) throw empty(where, 'INS_ADM_ETP')

  const said = years.flatMap((year) => (year['ETA_ANU_IAE'] === 'O' ? [year['COD_ANU'] ?? ''] : []))
  const openYears = [...new Set(open ?? said)].sort()
  if (openYears.length === 0) {
    throw new IdentityError(
      'FEED_EMPTY',
      `${where}: ANNEE_UNI has no year open for enrolment (ETA_ANU_IAE); year.open says which are read then`,
    )
  }
  if (openYears.length > mostOpen || openYears.some((year) => !/^[1-9]\d{3}$/.test(year))) {
    throw new IdentityError(
      'FEED_MANIFEST',
      `${where}: ANNEE_UNI has open years that cannot be: ${openYears.slice(0, mostOpen + 1).join(', ')}`,
    )
  }
  const takenAt = new Date(`${(first['NOW_UTC'] ?? '').replace(' ', 'T')}Z`)
  if (Number.isNaN(takenAt.getTime()))
    throw new IdentityError('FEED_MANIFEST', `${where}: the clock of the database cannot be read`)
  return { takenAt, openYears }
}

/** The first and the last year that are read: every open one, and the year before the earliest. */
export function span(openYears: readonly string[]): { first: string; earliest: string; last: string } {
  const [earliest = '', last = earliest] = [openYears[0], openYears.at(-1)]
  return { first: before(earliest), earliest, last }
}

function empty(where: string, table: string): IdentityError {
  return new IdentityError(
    'FEED_EMPTY',
    `${where}: ${table} shows no row at all; was a right or a view lost?`,
    { details: { table } },
  )
}
