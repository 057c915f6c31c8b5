import { sql } from 'kysely'
import type { Db } from './tables.ts'

/** Failures counted within a window, kept where they survive a restart (rules: throttling). */
export interface Limit {
  /** What is counted: `student` (a student from one network) or `network`. */
  readonly scope: string
  /** A MAC of whose failures these are. */
  readonly subject: string
  /** Whose key was tried, for the helpdesk to see; null elsewhere. */
  readonly number: string | null
  readonly count: number
  readonly windowMs: number
}

/** Takes one try of each limit; a window that has run out starts anew. Seconds until another try may be made when one of
 *  them is exhausted, else null. Taking comes before checking, so that many guesses at once are as many tries. */
export async function take(db: Db, limits: readonly Limit[], at: Date): Promise<number | null> {
  let longest: number | null = null
  for (const { scope, subject, number, count, windowMs } of limits) {
    const oldest = new Date(at.getTime() - windowMs)
    const row = await db
      .insertInto('failure')
      .values({ scope, subject, number, started_at: at, count: 1 })
      .onConflict((conflict) =>
        conflict.columns(['scope', 'subject']).doUpdateSet({
          count: sql<number>`case when failure.started_at <= ${oldest} then 1 else least(failure.count + 1, 1000000) end`,
          started_at: sql<Date>`case when failure.started_at <= ${oldest} then excluded.started_at else failure.started_at end`,
        }),
      )
      .returning(['count', 'started_at'])
      .executeTakeFirstOrThrow()
    if (row.count <= count) continue
    const left = Math.max(1, Math.ceil((row.started_at.getTime() + windowMs - at.getTime()) / 1000))
    longest = Math.max(longest ?? 0, left)
  }
  return longest
}

/** Gives back the tries that turned out right: a right answer spends nobody's budget. */
export async function giveBack(db: Db, limits: readonly Limit[]): Promise<void> {
  for (const { scope, subject } of limits) {
    await db
      .updateTable('failure')
      .set({ count: sql<number>`greatest(count - 1, 0)` })
      .where('scope', '=', scope)
      .where('subject', '=', subject)
      .execute()
  }
}

/** Until when a student's key cannot be tried from some network; null when it can from every one. */
export async function blockedUntil(
  db: Db,
  number: string,
  limit: { count: number; windowMs: number },
  at: Date,
): Promise<Date | null> {
  const row = await db
    .selectFrom('failure')
    .select(({ fn }) => fn.max('started_at').as('started'))
    .where('number', '=', number)
    .where('count', '>=', limit.count)
    .executeTakeFirst()
  const until = row?.started ? new Date(row.started.getTime() + limit.windowMs) : null
  return until !== null && until > at ? until : null
}

/** Drops windows that ended before `before`. */
export async function dropOldFailures(db: Db, before: Date): Promise<void> {
  await db.deleteFrom('failure').where('started_at', '<', before).execute()
}
