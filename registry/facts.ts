import { sql } from 'kysely'
import type { Enrolment } from '../domain/person.ts'
import type { Snapshot } from '../domain/snapshot.ts'
import { lockAccounts } from './accounts.ts'
import {
  enrolmentColumns,
  enrolmentKey,
  enrolmentOf,
  enrolmentRow,
  personColumns,
  personRow,
  type RecordedStudent,
} from './records.ts'
import type { Db, Tx } from './tables.ts'
import { voidTokens } from './tokens.ts'

export interface SnapshotMark {
  readonly id: number
  readonly number: number
  readonly digest: string
  readonly taken_at: Date
  readonly open_years: string[]
  readonly judged_at: Date
  readonly rows: number
}

/** Rows of one statement: PostgreSQL takes 65,535 parameters at most. */
const rowsAtOnce = 1000

const writtenOfPerson = [
  'number',
  ...personColumns,
  'address_since',
  'first_seen_at',
  'missing_since',
] as const
const writtenOfEnrolment = [...enrolmentKey, ...enrolmentColumns, 'seen_at', 'missing_since'] as const

/** Student numbers of one statement, where a snapshot holds a million of them. */
const numbersAtOnce = 10_000

/** The last snapshot taken as fact. */
export async function lastAccepted(db: Db): Promise<SnapshotMark | null> {
  const row = await db
    .selectFrom('snapshot')
    .select(['id', 'number', 'digest', 'taken_at', 'open_years', 'judged_at', 'rows'])
    .where('state', '=', 'accepted')
    .orderBy('id', 'desc')
    .executeTakeFirst()
  return row ?? null
}

/** When the last snapshots that were taken as fact were taken, by the source's clock. */
export async function lastTaken(db: Db): Promise<{ full: Date | null; any: Date | null }> {
  const taken = (kind: 'full' | null) =>
    db
      .selectFrom('snapshot')
      .select('taken_at')
      .where('state', '=', 'accepted')
      .$if(kind !== null, (query) => query.where('kind', '=', 'full'))
      .orderBy('id', 'desc')
      .executeTakeFirst()
  return { full: (await taken('full'))?.taken_at ?? null, any: (await taken(null))?.taken_at ?? null }
}

/** Every year the source ever had open. */
export async function openedYears(db: Db): Promise<string[]> {
  const { rows } = await sql<{ year: string }>`
    select distinct unnest(open_years) as year from snapshot where state = 'accepted' order by 1`.execute(db)
  return rows.map(({ year }) => year)
}

/** The digest of each of these records that is known, by student number. */
export async function recordDigests(db: Db, numbers: readonly string[]): Promise<Map<string, string>> {
  const rows = await db
    .selectFrom('person')
    .select(['number', 'digest'])
    .where(sql<boolean>`number = any(${[...numbers]}::text[])`)
    .execute()
  return new Map(rows.map(({ number, digest }) => [number, digest]))
}

/** Writes new or changed records, and marks them as not yet judged. A personal address that changed voids what was
 *  mailed to the old one. Rows that the record no longer has stay, marked missing: disappearing is not cancelling. */
export async function recordStudents(tx: Tx, students: readonly RecordedStudent[], at: Date): Promise<void> {
  if (students.length === 0) return
  const numbers = students.map(({ record }) => record.person.number)
  await lockAccounts(tx, numbers)
  await voidMailedToFormerAddress(tx, students, at)
  const people = students.map((student) => ({
    ...personRow(student),
    address_since: at,
    first_seen_at: at,
    missing_since: null,
  }))
  await tx
    .insertInto('person')
    .columns(writtenOfPerson)
    .expression(rowsFrom('person', writtenOfPerson, people))
    .onConflict((conflict) =>
      conflict.column('number').doUpdateSet((eb) => ({
        ...Object.fromEntries(personColumns.map((column) => [column, eb.ref(`excluded.${column}`)])),
        missing_since: null,
        unjudged: true,
        address_since: sql<Date>`case when person.address_canonical is distinct from excluded.address_canonical
          then excluded.address_since else person.address_since end`,
      })),
    )
    .execute()

  await sql`update enrolment set missing_since = ${at}
    where missing_since is null and number = any(${numbers}::text[])`.execute(tx)
  const rows = students.flatMap(({ record }) => record.enrolments.map((each) => enrolmentRow(each, at)))
  if (rows.length === 0) return
  await tx
    .insertInto('enrolment')
    .columns(writtenOfEnrolment)
    .expression(rowsFrom('enrolment', writtenOfEnrolment, rows))
    .onConflict((conflict) =>
      conflict.columns([...enrolmentKey]).doUpdateSet((eb) => ({
        ...Object.fromEntries(enrolmentColumns.map((column) => [column, eb.ref(`excluded.${column}`)])),
        missing_since: null,
      })),
    )
    .execute()
}

/** Rows as one parameter, however many they are: a parameter for each value would take us longer than the server takes to
 *  write them. */
function rowsFrom<Column extends string>(
  table: 'person' | 'enrolment',
  columns: readonly Column[],
  rows: readonly Readonly<Record<Column, unknown>>[],
) {
  const names = sql.join(columns.map((column) => sql.ref(column)))
  const text = JSON.stringify(rows)
  return sql<never>`select ${names} from json_populate_recordset(null::${sql.table(table)}, ${text}::text::json)`
}

async function voidMailedToFormerAddress(
  tx: Tx,
  students: readonly RecordedStudent[],
  at: Date,
): Promise<void> {
  const known = await tx
    .selectFrom('person')
    .select(['number', 'address_canonical'])
    .where(sql<boolean>`number = any(${students.map(({ record }) => record.person.number)}::text[])`)
    .execute()
  const former = new Map(known.map(({ number, address_canonical }) => [number, address_canonical]))
  const moved = students.flatMap(({ record: { person }, addressCanonical }) => {
    const before = former.get(person.number)
    return before !== undefined && before !== null && before !== addressCanonical ? [person.number] : []
  })
  await voidTokens(tx, moved, at)
}

/** Marks who is absent from a full snapshot, and who is back. Nothing else follows from absence. */
export async function markMissing(tx: Tx, present: Iterable<string>, at: Date): Promise<void> {
  await sql`create temporary table present (number text primary key) on commit drop`.execute(tx)
  for (const numbers of inSlices(present, numbersAtOnce))
    await sql`insert into present select unnest(${numbers}::text[])`.execute(tx)
  await sql`update person set missing_since = ${at} where missing_since is null
    and not exists (select from present where present.number = person.number)`.execute(tx)
  await sql`update person set missing_since = null where missing_since is not null
    and exists (select from present where present.number = person.number)`.execute(tx)
}

function* inSlices<Item>(items: Iterable<Item>, size: number): Iterable<Item[]> {
  let slice: Item[] = []
  for (const item of items) {
    slice.push(item)
    if (slice.length < size) continue
    yield slice
    slice = []
  }
  if (slice.length > 0) yield slice
}

/** Remembers how a snapshot was judged, with the rows that were set aside. */
export async function rememberSnapshot(
  tx: Tx,
  snapshot: Pick<Snapshot, 'number' | 'digest' | 'takenAt' | 'kind' | 'openYears' | 'rows' | 'setAside'>,
  verdict: { state: 'accepted' | 'refused' | 'held'; reason: string | null; at: Date },
): Promise<void> {
  const { id } = await tx
    .insertInto('snapshot')
    .values({
      number: snapshot.number,
      digest: snapshot.digest,
      taken_at: snapshot.takenAt,
      kind: snapshot.kind,
      open_years: [...snapshot.openYears],
      rows: snapshot.rows,
      state: verdict.state,
      reason: verdict.reason,
      judged_at: verdict.at,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  const rows = snapshot.setAside.map((each) => ({ ...each, snapshot: id }))
  for (let from = 0; from < rows.length; from += rowsAtOnce) {
    await tx
      .insertInto('set_aside')
      .values(rows.slice(from, from + rowsAtOnce))
      .execute()
  }
}

/** The enrolments of some students, by number. */
export async function enrolmentsOf(db: Db, numbers: readonly string[]): Promise<Map<string, Enrolment[]>> {
  const found = new Map<string, Enrolment[]>(numbers.map((number) => [number, []]))
  if (numbers.length === 0) return found
  const rows = await db
    .selectFrom('enrolment')
    .selectAll()
    .where(sql<boolean>`number = any(${[...numbers]}::text[])`)
    .orderBy('number')
    .orderBy('year')
    .orderBy('step')
    .orderBy('step_version')
    .orderBy('occurrence')
    .execute()
  for (const row of rows) found.get(row.number)?.push(enrolmentOf(row))
  return found
}
