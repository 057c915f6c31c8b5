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

/** These counts alone may be lost with the last moments of a database that crashes, so that no try waits for a disk; set
 *  for one statement, which is a transaction of its own. */
const relaxed = sql`relaxed as materialized (select set_config('synchronous_commit', 'off', true))`

/** Takes one try of each limit (their scopes are distinct); a window that has run out starts anew. Seconds until another
 *  try may be made when one of them is exhausted, else null. Taking comes before checking, so that many guesses at once
 *  are as many tries. Not for use in a transaction. */
export async function take(db: Db, limits: readonly Limit[], at: Date): Promise<number | null> {
  const window = sql.join(
    limits.map(({ scope, windowMs }) => sql`when ${scope} then ${windowMs}::float8`),
    sql` `,
  )
  const runOut = sql`failure.started_at <= excluded.started_at - interval '1 millisecond' * case excluded.scope ${window} end`
  const { rows } = await sql<{ scope: string; count: number; started_at: Date }>`
    with ${relaxed}
    insert into failure (scope, subject, number, started_at, count)
    select l.scope, l.subject, l.number, ${at}::timestamptz, 1
    from relaxed, (
      select * from unnest(${limits.map(({ scope }) => scope)}::text[], ${limits.map(({ subject }) => subject)}::text[],
        ${limits.map(({ number }) => number)}::text[]) as u (scope, subject, number) order by u.scope) as l
    on conflict (scope, subject) do update set
      count = case when ${runOut} then 1 else least(failure.count + 1, 1000000) end,
      started_at = case when ${runOut} then excluded.started_at else failure.started_at end
    returning scope, count, started_at`.execute(db)
  let longest: number | null = null
  for (const { scope, count, windowMs } of limits) {
    const row = rows.find((each) => each.scope === scope)
    if (row === undefined || row.count <= count) continue
    const left = Math.max(1, Math.ceil((row.started_at.getTime() + windowMs - at.getTime()) / 1000))
    longest = Math.max(longest ?? 0, left)
  }
  return longest
}

/** Gives back the tries that turned out right: a right answer spends nobody's budget. They are held in the order in which
 *  they are taken, so that nobody who takes waits for one who gives back and the other way round. Not for use in a
 *  transaction. */
export async function giveBack(db: Db, limits: readonly Limit[]): Promise<void> {
  await sql`
    with ${relaxed}, held as materialized (
      select f.scope, f.subject from failure f
      join unnest(${limits.map(({ scope }) => scope)}::text[], ${limits.map(({ subject }) => subject)}::text[])
        as l (scope, subject) on l.scope = f.scope and l.subject = f.subject
      order by f.scope for no key update of f)
    update failure set count = greatest(count - 1, 0) from held, relaxed
    where failure.scope = held.scope and failure.subject = held.subject`.execute(db)
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
