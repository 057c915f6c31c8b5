import type { Db, HoldKind, KeyRow, LetterRow, PersonRow, PromiseRow, SettlementRow } from './tables.ts'

/** Everything remembered of what was done for one student, for those who must explain it. */
export interface History {
  readonly person: Pick<PersonRow, 'first_seen_at' | 'missing_since' | 'vanished_at'>
  /** The trail of acts. */
  readonly acts: readonly { at: Date; action: string }[]
  /** What of the student waits for a person's approval. */
  readonly held: readonly { kind: HoldKind; target: string | null }[]
  readonly keys: readonly Pick<KeyRow, 'version' | 'state' | 'created_at' | 'ended_at'>[]
  /** Those that bear no number included, when they went to the address on record. */
  readonly letters: readonly Pick<LetterRow, 'id' | 'kind' | 'state' | 'due_at' | 'sent_at' | 'reason'>[]
  readonly resets: readonly { requested_at: Date; used_at: Date | null; sent_at: Date | null }[]
  readonly settlements: readonly Pick<SettlementRow, 'target' | 'state' | 'dn' | 'code' | 'detail'>[]
  readonly promises: readonly Pick<PromiseRow, 'kind' | 'target' | 'started' | 'due' | 'kept'>[]
  readonly publishedAt: Date | null
}

/** The history of a student, oldest first in each list. */
export async function historyOf(db: Db, number: string): Promise<History> {
  const publication = await db.selectFrom('publication').select('at').orderBy('id', 'desc').executeTakeFirst()
  return {
    person: await db
      .selectFrom('person')
      .select(['first_seen_at', 'missing_since', 'vanished_at'])
      .where('number', '=', number)
      .executeTakeFirstOrThrow(),
    acts: await db
      .selectFrom('audit')
      .select(['at', 'action'])
      .where('number', '=', number)
      .orderBy('id')
      .execute(),
    held: await db
      .selectFrom('hold')
      .innerJoin('hold_member', 'hold_member.digest', 'hold.digest')
      .select(['hold.kind', 'hold.target'])
      .where('hold_member.number', '=', number)
      .where('hold.approved_at', 'is', null)
      .where('hold.ended_at', 'is', null)
      .execute(),
    keys: await db
      .selectFrom('activation_key')
      .select(['version', 'state', 'created_at', 'ended_at'])
      .where('number', '=', number)
      .orderBy('version')
      .execute(),
    letters: await db
      .selectFrom('letter')
      .select(['id', 'kind', 'state', 'due_at', 'sent_at', 'reason'])
      .where((eb) =>
        eb.or([
          eb('number', '=', number),
          eb.and([
            eb('number', 'is', null),
            eb('kind', '=', 'address-shared'),
            eb('address', '=', eb.selectFrom('person').select('address').where('number', '=', number)),
          ]),
        ]),
      )
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
