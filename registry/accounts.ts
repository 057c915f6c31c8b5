import { sql } from 'kysely'
import type { AccountRow, Tx } from './tables.ts'

/** Takes the accounts of some students for this transaction, in one order for everybody. Whatever changes a student
 *  begins with it: two such transactions follow one another, and neither decides on what the other is changing. A
 *  student who has no account yet is absent from the answer. */
export async function lockAccounts(
  tx: Tx,
  numbers: readonly string[],
): Promise<ReadonlyMap<string, AccountRow>> {
  if (numbers.length === 0) return new Map()
  const rows = await tx
    .selectFrom('account')
    .selectAll()
    .where(sql<boolean>`number = any(${[...numbers]}::text[])`)
    .orderBy('number')
    .forNoKeyUpdate()
    .execute()
  return new Map(rows.map((row) => [row.number, row]))
}
