import { sql } from 'kysely'
import type { Db } from './tables.ts'

/** Whoever is to be tried in a target later than anybody is ever told to wait had that from a clock that was ahead: they
 *  are due now. */
export async function dueAgain(db: Db, target: string, at: Date): Promise<void> {
  await sql`update settlement set next_at = ${at} where target = ${target} and state = 'unsettled'
    and next_at > ${at}::timestamptz + interval '10 minutes'`.execute(db)
}
