import { sql } from 'kysely'
import type { Db } from './tables.ts'

export interface Lease {
  /** What is led: a target, or `facts`. */
  readonly name: string
  /** Who leads. */
  readonly holder: string
}

/** Takes a lease for `forMs`, or renews it. One that somebody else let run out is taken only `graceMs` later: until then
 *  an operation that they had begun may still be under way. Counted by the clock of the database. */
export async function takeLease(
  db: Db,
  { name, holder }: Lease,
  { forMs, graceMs }: { forMs: number; graceMs: number },
): Promise<boolean> {
  const { rows } = await sql`
    insert into lease (name, holder, expires_at) values (${name}, ${holder}, ${from(forMs)})
    on conflict (name) do update set holder = excluded.holder, expires_at = excluded.expires_at
      where lease.holder = excluded.holder or lease.expires_at < ${from(-graceMs)}
    returning name`.execute(db)
  return rows.length === 1
}

/** Gives a lease back: whoever asks next has it at once. */
export async function giveLeaseBack(db: Db, { name, holder }: Lease): Promise<void> {
  await db.deleteFrom('lease').where('name', '=', name).where('holder', '=', holder).execute()
}

/** Who holds each lease that has not run out. */
export async function leaseHolders(db: Db): Promise<Map<string, string>> {
  const rows = await db
    .selectFrom('lease')
    .select(['name', 'holder'])
    .where('expires_at', '>', from(0))
    .execute()
  return new Map(rows.map(({ name, holder }) => [name, holder]))
}

const from = (ms: number) => sql<Date>`clock_timestamp() + ${ms / 1000} * interval '1 second'`
