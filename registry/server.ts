import { sql } from 'kysely'
import type { Db } from './tables.ts'

/** What the database says of itself: its instant, and the version of PostgreSQL. */
export async function serverOf(db: Db): Promise<{ readonly now: Date; readonly version: string }> {
  const { rows } = await sql<{ now: Date; version: string }>`
    select now() as now, current_setting('server_version') as version`.execute(db)
  const [answer] = rows
  if (answer === undefined) throw new TypeError('a select without from has one row')
  return answer
}
