import { sql } from 'kysely'
import type { KeyFault } from '../domain/supplied-key.ts'
import type { Db, Tx } from './tables.ts'

/** Notes who of `numbers` waits for a key that is not supplied, and since when; the others do not any more. */
export async function writeKeyFaults(
  tx: Tx,
  numbers: readonly string[],
  faults: ReadonlyMap<string, KeyFault>,
  at: Date,
): Promise<void> {
  const cleared = numbers.filter((number) => !faults.has(number))
  await sql`delete from key_fault where number = any(${cleared}::text[])`.execute(tx)
  if (faults.size === 0) return
  await tx
    .insertInto('key_fault')
    .values([...faults].map(([number, reason]) => ({ number, reason, since: at })))
    .onConflict((conflict) =>
      conflict.column('number').doUpdateSet((eb) => ({
        reason: eb.ref('excluded.reason'),
        since: sql<Date>`case when key_fault.reason = excluded.reason then key_fault.since else excluded.since end`,
      })),
    )
    .execute()
}

/** Why a student has no key yet, where keys are supplied. */
export async function keyFaultOf(db: Db, number: string): Promise<KeyFault | null> {
  const row = await db
    .selectFrom('key_fault')
    .select('reason')
    .where('number', '=', number)
    .executeTakeFirst()
  return row?.reason ?? null
}
