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
  const [wait = null] = await takeEach(db, [limits], at)
  return wait
}

/** The same for several who try at once, in the order given: the first of them finds most left. */
export async function takeEach(
  db: Db,
  tries: readonly (readonly Limit[])[],
  at: Date,
): Promise<(number | null)[]> {
  const all = countedTogether(tries)
  const windows = new Map(all.map(({ scope, windowMs }) => [scope, windowMs]))
  const window = sql.join(
    [...windows].map(([scope, windowMs]) => sql`when ${scope} then ${windowMs}::float8`),
    sql` `,
  )
  const runOut = sql`failure.started_at <= excluded.started_at - interval '1 millisecond' * case excluded.scope ${window} end`
  const { rows } = await sql<{ scope: string; subject: string; count: number; started_at: Date }>`
    with ${relaxed}
    insert into failure (scope, subject, number, started_at, count)
    select l.scope, l.subject, l.number, ${at}::timestamptz, l.times
    from relaxed, (
      select * from unnest(${all.map(({ scope }) => scope)}::text[], ${all.map(({ subject }) => subject)}::text[],
        ${all.map(({ number }) => number)}::text[], ${all.map(({ times }) => times)}::integer[])
        as u (scope, subject, number, times) order by u.scope, u.subject) as l
    on conflict (scope, subject) do update set
      count = case when ${runOut} then excluded.count else least(failure.count + excluded.count, 1000000) end,
      started_at = case when ${runOut} then excluded.started_at else failure.started_at end
    returning scope, subject, count, started_at`.execute(db)
  const counted = new Map(rows.map((row) => [nameOf(row), row]))
  const before = new Map(
    all.map((limit) => [nameOf(limit), (counted.get(nameOf(limit))?.count ?? 0) - limit.times]),
  )
  return tries.map((limits) => {
    let longest: number | null = null
    for (const { count, windowMs, ...limit } of limits) {
      const name = nameOf(limit)
      const place = (before.get(name) ?? 0) + 1
      before.set(name, place)
      const started = counted.get(name)?.started_at
      if (started === undefined || place <= count) continue
      const left = Math.max(1, Math.ceil((started.getTime() + windowMs - at.getTime()) / 1000))
      longest = Math.max(longest ?? 0, left)
    }
    return longest
  })
}

/** Gives back the tries that turned out right: a right answer spends nobody's budget. Not for use in a transaction. */
export async function giveBack(db: Db, limits: readonly Limit[]): Promise<void> {
  await giveBackEach(db, [limits])
}

/** The same for several. They are held in the order in which they are taken, so that nobody who takes waits for one who
 *  gives back and the other way round. */
export async function giveBackEach(db: Db, tries: readonly (readonly Limit[])[]): Promise<void> {
  const all = countedTogether(tries)
  await sql`
    with ${relaxed}, held as materialized (
      select f.scope, f.subject, l.times from failure f
      join unnest(${all.map(({ scope }) => scope)}::text[], ${all.map(({ subject }) => subject)}::text[],
        ${all.map(({ times }) => times)}::integer[]) as l (scope, subject, times)
        on l.scope = f.scope and l.subject = f.subject
      order by f.scope, f.subject for no key update of f)
    update failure set count = greatest(count - held.times, 0) from held, relaxed
    where failure.scope = held.scope and failure.subject = held.subject`.execute(db)
}

/** Each limit once, with how many times it is meant. */
function countedTogether(tries: readonly (readonly Limit[])[]): (Limit & { readonly times: number })[] {
  const counts = new Map<string, Limit & { readonly times: number }>()
  for (const limit of tries.flat()) {
    const times = (counts.get(nameOf(limit))?.times ?? 0) + 1
    counts.set(nameOf(limit), { ...limit, times })
  }
  return [...counts.values()]
}

/** No scope has a space. */
function nameOf({ scope, subject }: Pick<Limit, 'scope' | 'subject'>): string {
  return `${scope} ${subject}`
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
