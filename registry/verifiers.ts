import { sql, type RawBuilder } from 'kysely'
import type { Tx } from './tables.ts'

/** A verifier ready to be kept: sealed for writing, its MAC for comparing. */
export interface KeptVerifier {
  readonly scheme: string
  readonly sealed: string
  readonly mac: string
}

/** Two parts of a statement that keep the verifiers of some students, and drop those of schemes that are no longer made.
 *  @param chosen a relation of students by `number`, whose `verifiers` are the JSON of KeptVerifier[], chosen `at` */
export function verifiersKept(chosen: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    made as materialized (
      select c.number, c.at, v.scheme, v.sealed, v.mac
      from ${chosen} as c, jsonb_to_recordset(c.verifiers::jsonb) as v (scheme text, sealed text, mac text)),
    gone as (
      delete from verifier v using ${chosen} as c
      where v.number = c.number
        and not exists (select from made m where m.number = v.number and m.scheme = v.scheme)),
    kept as (
      insert into verifier (number, scheme, sealed, mac, chosen_at)
      select number, scheme, sealed, mac, at from made
      on conflict (number, scheme) do update
        set sealed = excluded.sealed, mac = excluded.mac, chosen_at = excluded.chosen_at)`
}

/** Destroys the verifiers of some students: their former password will never work again. */
export async function destroyVerifiers(tx: Tx, numbers: readonly string[]): Promise<void> {
  if (numbers.length === 0) return
  await tx.deleteFrom('verifier').where('number', 'in', numbers).execute()
}
