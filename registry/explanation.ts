import type { Db, KeyRow, LetterRow, PromiseRow, SettlementRow } from './tables.ts'

/** Everything remembered of what was done for one student, for those who must explain it. */
export interface History {
  readonly keys: readonly Pick<KeyRow, 'version' | 'state' | 'created_at' | 'ended_at'>[]
  readonly letters: readonly Pick<LetterRow, 'kind' | 'state' | 'due_at' | 'sent_at' | 'reason'>[]
  readonly resets: readonly { requested_at: Date; used_at: Date | null; sent_at: Date | null }[]
  readonly settlements: readonly Pick<SettlementRow, 'target' | 'state' | 'dn' | 'code' | 'detail'>[]
  readonly promises: readonly Pick<PromiseRow, 'kind' | 'target' | 'started' | 'due' | 'kept'>[]
  readonly publishedAt: Date | null
}

/** The history of a student, oldest first in each list. */
export async function historyOf(db: Db, number: string): Promise<History> {
  const publication = await db.selectFrom('publication').select('at').orderBy('id', 'desc').executeTakeFirst()
  return {
    keys: await db
      .selectFrom('activation_key')
      .select(['version', 'state', 'created_at', 'ended_at'])
      .where('number', '=', number)
      .orderBy('version')
      .execute(),
    letters: await db
      .selectFrom('letter')
      .select(['kind', 'state', 'due_at', 'sent_at', 'reason'])
      .where('number', '=', number)
      .orderBy('created_at')
      .execute(),
    resets: await db
      .selectFrom('reset_token')
      .leftJoin('letter', (join) =>
        join
          .onRef('letter.number', '=', 'reset_token.number')
          .onRef('letter.created_at', '=', 'reset_token.requested_at')
          .on('letter.kind', '=', 'reset'),
      )
      .select(['reset_token.requested_at', 'reset_token.used_at', 'letter.sent_at'])
      .where('reset_token.number', '=', number)
      .orderBy('reset_token.requested_at')
      .execute(),
    settlements: await db
      .selectFrom('settlement')
      .select(['target', 'state', 'dn', 'code', 'detail'])
      .where('number', '=', number)
      .execute(),
    promises: await db
      .selectFrom('promise')
      .select(['kind', 'target', 'started', 'due', 'kept'])
      .where('number', '=', number)
      .where('released', 'is', null)
      .orderBy('id')
      .execute(),
    publishedAt: publication?.at ?? null,
  }
}
