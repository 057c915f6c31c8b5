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

/** The same for whoever asks for nothing but their versions: tens of thousands are settled in one pass. */
export async function lockVersions(tx: Tx, numbers: readonly string[]): Promise<ReadonlyMap<string, number>> {
  if (numbers.length === 0) return new Map()
  const { rows } = await sql<{ number: string; version: number }>`
    select number, version from account where number = any(${[...numbers]}::text[])
    order by number for no key update`.execute(tx)
  return new Map(rows.map(({ number, version }) => [number, version]))
}
