import { lockAccounts } from './accounts.ts'
import type { Db, Tx } from './tables.ts'

export interface TokenFacts {
  /** SHA-256 of the token, hexadecimal. */
  readonly digest: string
  readonly number: string
  readonly requestedAt: Date
  readonly expiresAt: Date
}

/** Keeps a new token's digest. Whatever was mailed to this student before is void from here on. */
export async function issueToken(tx: Tx, token: TokenFacts): Promise<void> {
  await lockAccounts(tx, [token.number])
  await voidTokens(tx, [token.number], token.requestedAt)
  await tx
    .insertInto('reset_token')
    .values({
      digest: token.digest,
      number: token.number,
      requested_at: token.requestedAt,
      expires_at: token.expiresAt,
    })
    .execute()
}

/** Voids the outstanding tokens of some students and withdraws the letters that would carry them. */
export async function voidTokens(tx: Tx, numbers: readonly string[], at: Date): Promise<void> {
  if (numbers.length === 0) return
  await tx
    .updateTable('reset_token')
    .set({ voided_at: at })
    .where('number', 'in', numbers)
    .where('used_at', 'is', null)
    .where('voided_at', 'is', null)
    .execute()
  await tx
    .updateTable('letter')
    .set({ state: 'cancelled', sealed: null, reason: 'TOKEN_VOID' })
    .where('number', 'in', numbers)
    .where('kind', '=', 'reset')
    .where('state', 'in', ['due', 'retrying'])
    .execute()
}

/** Tokens whose time is over are void for ever: a clock that is set back brings none of them to life again. */
export async function voidRunOutTokens(db: Db, at: Date): Promise<void> {
  await db
    .updateTable('reset_token')
    .set({ voided_at: at })
    .where('expires_at', '<=', at)
    .where('used_at', 'is', null)
    .where('voided_at', 'is', null)
    .execute()
}

/** Whose token this is, if it could be used at `at`. Consumes nothing. */
export async function bearerOf(db: Db, digest: string, at: Date): Promise<string | null> {
  const row = await db
    .selectFrom('reset_token')
    .select('number')
    .where('digest', '=', digest)
    .where('used_at', 'is', null)
    .where('voided_at', 'is', null)
    .where('expires_at', '>', at)
    .executeTakeFirst()
  return row?.number ?? null
}
