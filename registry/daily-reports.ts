import type { Differences, UnsentLetters } from './differences.ts'
import type { Db, LetterKind, Tx } from './tables.ts'

export interface DailyReport {
  /** Null: the letters. */
  readonly target: string | null
  readonly day: string
  readonly differences: Differences | UnsentLetters
}

/** Writes the report of a day, unless somebody has written one: then nothing is done, and false answered. */
export async function writeReport(tx: Tx, { target, day, differences }: DailyReport, at: Date) {
  const row = await tx
    .insertInto('daily_report')
    .values({ target: target ?? '', day, differences: JSON.stringify(differences), written_at: at })
    .onConflict((conflict) => conflict.columns(['target', 'day']).doNothing())
    .returning('day')
    .executeTakeFirst()
  return row !== undefined
}

/** Whether there is a report of that day already. */
export async function isReported(db: Db, target: string | null, day: string): Promise<boolean> {
  const row = await db
    .selectFrom('daily_report')
    .select('day')
    .where('target', '=', target ?? '')
    .where('day', '=', day)
    .executeTakeFirst()
  return row !== undefined
}

/** The latest day of which there is a report; null when there is none. */
export async function lastReport(db: Db, target: string | null): Promise<DailyReport | null> {
  const row = await db
    .selectFrom('daily_report')
    .select(['day', 'differences'])
    .where('target', '=', target ?? '')
    .orderBy('day', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row === undefined ? null : { target, day: row.day, differences: row.differences }
}

/** Drops the reports of days before `day`. */
export async function dropOldReports(db: Db, day: string): Promise<void> {
  await db.deleteFrom('daily_report').where('day', '<', day).execute()
}

/** The letters that are due at `at` or later, but for those of the kinds `except`. */
export async function unsentLetters(db: Db, at: Date, except: readonly LetterKind[]): Promise<UnsentLetters> {
  const rows = await db
    .selectFrom('letter')
    .select(['kind'])
    .select((eb) => eb(eb.ref('next_at'), '<=', at).as('due'))
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('state', 'in', ['due', 'retrying'])
    .where('kind', 'not in', except)
    .groupBy(['kind', 'due'])
    .orderBy('kind')
    .execute()
  const sum = (isDue: boolean) =>
    rows.filter(({ due }) => due === isDue).reduce((total, { count }) => total + count, 0)
  const kinds = rows.flatMap(({ kind, due, count }) => (due === true ? [[kind, count] as const] : []))
  return { due: sum(true), later: sum(false), kinds: Object.fromEntries(kinds) }
}
