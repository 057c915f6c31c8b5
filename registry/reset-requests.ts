import type { Db, Tx } from './tables.ts'

/** Writes down that a link was asked for: the same write for every address. */
export async function askForReset(db: Db, addressCanonical: string, at: Date): Promise<void> {
  await db
    .insertInto('reset_request')
    .values({ address_canonical: addressCanonical, requested_at: at })
    .execute()
}

export interface ResetRequest {
  readonly id: number
  readonly address_canonical: string
  readonly requested_at: Date
}

/** The oldest requests not yet answered. */
export async function pendingResetRequests(db: Db, count: number): Promise<ResetRequest[]> {
  return db.selectFrom('reset_request').selectAll().orderBy('id').limit(count).execute()
}

/** Takes one request for answering, in the transaction of the answer. False when another has answered it. */
export async function takeResetRequest(tx: Tx, id: number): Promise<boolean> {
  const row = await tx.deleteFrom('reset_request').where('id', '=', id).returning('id').executeTakeFirst()
  return row !== undefined
}
