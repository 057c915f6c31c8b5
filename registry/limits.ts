import { sql } from 'kysely'
import type { Db } from './tables.ts'

/** Failures counted within a window, kept where they survive a restart (rules: throttling). */
export interface Limit {
  /** What is counted: `student` (a student from one network) or `network`. */
  readonly scope: string
  /** A MAC of whose failures these are. */
  readonly subject: string
  readonly count: number
  readonly windowMs: number
}

/** Seconds until the first of `limits` that is exhausted lets go; null when none is. */
export async function blockedFor(db: Db, limits: readonly Limit[], at: Date): Promise<number | null> {
  const rows = await db
    .selectFrom('failure')
    .selectAll()
    .where('subject', 'in', limits.map(({ subject }) => subject))
    .execute()
  let longest: number | null = null
  for (const limit of limits) {
    const row = rows.find(({ scope, subject }) => scope === limit.scope && subject === limit.subject)
    if (!row || row.count < limit.count) continue
    const left = Math.ceil((row.started_at.getTime() + limit.windowMs - at.getTime()) / 1000)
    if (left > 0) longest = Math.max(longest ?? 0, left)
  }
  return longest
}

/** Counts a failure against each limit; a window that has run out starts anew. */
export async function countFailure(db: Db, limits: readonly Limit[], at: Date): Promise<void> {
  for (const { scope, subject, windowMs } of limits) {
    const oldest = new Date(at.getTime() - windowMs)
    await db
      .insertInto('failure')
      .values({ scope, subject, started_at: at, count: 1 })
      .onConflict((conflict) =>
        conflict.columns(['scope', 'subject']).doUpdateSet({
          count: sql<number>`case when failure.started_at <= ${oldest} then 1 else failure.count + 1 end`,
          started_at: sql<Date>`case when failure.started_at <= ${oldest} then excluded.started_at else failure.started_at end`,
        }),
      )
      .execute()
  }
}

/** Forgets the failures of a scope and subject: a right answer was given. */
export async function forgive(db: Db, scope: string, subject: string): Promise<void> {
  await db.deleteFrom('failure').where('scope', '=', scope).where('subject', '=', subject).execute()
}

/** Drops windows that ended before `before`. */
export async function dropOldFailures(db: Db, before: Date): Promise<void> {
  await db.deleteFrom('failure').where('started_at', '<', before).execute()
}
