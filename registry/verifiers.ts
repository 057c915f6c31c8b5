import type { Tx } from './tables.ts'

/** Destroys the verifiers of some students: their former password will never work again. */
export async function destroyVerifiers(tx: Tx, numbers: readonly string[]): Promise<void> {
  if (numbers.length === 0) return
  await tx.deleteFrom('verifier').where('number', 'in', numbers).execute()
}
