import { sql, type RawBuilder } from 'kysely'
import type { Tx } from './tables.ts'

/** A verifier ready to be kept: sealed for writing, its MAC for comparing. */
export interface KeptVerifier {
  readonly scheme: string
  readonly sealed: string
  readonly mac: string
}

export interface Claim {
  readonly verifiers: readonly KeptVerifier[]
  /** The page « où en est mon compte » of this act. */
  readonly progress: { readonly id: string; readonly expiresAt: Date }
  readonly at: Date
}

/** Two parts of a statement that keep the verifiers of a claim, and drop those of schemes that are no longer made.
 *  @param bearer a relation of one student, by `number`, or of nobody: then nothing is written */
export function verifiersKept({ verifiers, at }: Claim, bearer: RawBuilder<unknown>): RawBuilder<unknown> {
  const each = (of: 'scheme' | 'sealed' | 'mac') => verifiers.map((verifier) => verifier[of])
  return sql`
    gone as (
      delete from verifier v using ${bearer} as b
      where v.number = b.number and v.scheme <> all(${each('scheme')}::text[])),
    kept as (
      insert into verifier (number, scheme, sealed, mac, chosen_at)
      select b.number, v.scheme, v.sealed, v.mac, ${at}
      from ${bearer} as b, unnest(${each('scheme')}::text[], ${each('sealed')}::text[], ${each('mac')}::text[])
        as v (scheme, sealed, mac)
      on conflict (number, scheme) do update
        set sealed = excluded.sealed, mac = excluded.mac, chosen_at = excluded.chosen_at)`
}

/** Destroys the verifiers of some students: their former password will never work again. */
export async function destroyVerifiers(tx: Tx, numbers: readonly string[]): Promise<void> {
  if (numbers.length === 0) return
  await tx.deleteFrom('verifier').where('number', 'in', numbers).execute()
}
