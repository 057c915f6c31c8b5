import type { Db } from './tables.ts'

export interface Act {
  readonly at: Date
  /** `student`, `daemon`, or the identity of a member of staff. */
  readonly actor: string
  /** A verb in the past: `activated`, `password-reset`, `key-issued`… */
  readonly action: string
  readonly number: string | null
  /** What happened, without secrets, names or addresses. */
  readonly facts?: Readonly<Record<string, unknown>>
}

/** Writes acts into the audit trail, in the transaction of what they tell. The trail only grows. */
export async function remember(db: Db, acts: readonly Act[]): Promise<void> {
  if (acts.length === 0) return
  await db
    .insertInto('audit')
    .values(acts.map(({ facts = {}, ...act }) => ({ ...act, facts: JSON.stringify(facts) })))
    .execute()
}
