import { sql } from 'kysely'
import { keepLetter, promiseLetters } from './promises.ts'
import type { Db, LetterKind, LetterRow, Tx } from './tables.ts'

export interface NewLetter {
  readonly id: string
  readonly kind: LetterKind
  /** Whose life it tells of; null where a letter must not name anyone (a shared address). */
  readonly number: string | null
  /** Where it goes; null: to the address on record when it leaves. */
  readonly address: string | null
  /** A reason that brings one letter at most, ever; a second one is not written. */
  readonly once: string | null
  readonly dueAt: Date
  readonly facts?: Readonly<Record<string, string>>
  /** Sealed content, erased when the server has accepted the letter. */
  readonly sealed?: string
  /** Not sent any more after this instant. */
  readonly expiresAt?: Date
  /** Start of the promise « letter next morning », where this letter keeps one. */
  readonly promisedFrom?: Date
}

/** Puts letters into the outbox. One whose `once` is known already is passed over, unless it was withheld or
 *  refused: then it is due again. Returns the ids of the letters now due. */
export async function post(tx: Tx, letters: readonly NewLetter[], at: Date): Promise<string[]> {
  if (letters.length === 0) return []
  const distinct = [...new Map(letters.map((letter) => [letter.once ?? letter.id, letter])).values()]
  const each = <T>(of: (letter: NewLetter) => T) => distinct.map(of)
  // One that came back bears the address that it came back from: the next goes to the one on record.
  const { rows: due } = await sql<{ id: string; once: string | null }>`
    insert into letter (id, kind, number, address, once, state, due_at, next_at, facts, sealed, expires_at, created_at)
    select id, kind, number, address, once, 'due', due_at, due_at, facts::jsonb, sealed, expires_at, ${at}
    from unnest(${each(({ id }) => id)}::uuid[], ${each(({ kind }) => kind)}::text[],
      ${each(({ number }) => number)}::text[], ${each(({ address }) => address)}::text[],
      ${each(({ once }) => once)}::text[], ${each(({ dueAt }) => dueAt.toISOString())}::timestamptz[],
      ${each(({ facts = {} }) => JSON.stringify(facts))}::text[], ${each(({ sealed = null }) => sealed)}::text[],
      ${each(({ expiresAt }) => expiresAt?.toISOString() ?? null)}::timestamptz[])
      as new(id, kind, number, address, once, due_at, facts, sealed, expires_at)
    on conflict (once) do update
      set state = 'due', reason = null, address = excluded.address, attempts = 0, first_tried_at = null, created_at = excluded.created_at,
        due_at = excluded.due_at, next_at = excluded.next_at
      where letter.state in ('withheld', 'refused', 'bounced')
    returning id, once`.execute(tx)
  const byId = new Map(due.map((row) => [row.id, row]))
  const byOnce = new Map(due.map((row) => [row.once, row]))
  await promiseLetters(
    tx,
    distinct.flatMap(({ id, once, number, promisedFrom }) => {
      const row = byId.get(id) ?? (once === null ? undefined : byOnce.get(once))
      return row && number !== null && promisedFrom ? [{ letter: row.id, number, started: promisedFrom }] : []
    }),
  )
  return due.map(({ id }) => id)
}

/** Holds back the invitations of students who may not have one now; their promises are released. */
export async function withholdInvitations(
  tx: Tx,
  numbers: readonly string[],
  reason: string,
  at: Date,
): Promise<void> {
  if (numbers.length === 0) return
  const held = await tx
    .updateTable('letter')
    .set({ state: 'withheld', reason })
    .where('number', 'in', numbers)
    .where('kind', '=', 'invitation')
    .where('state', 'in', ['due', 'retrying'])
    .returning('id')
    .execute()
  for (const { id } of held) await releaseLetterPromise(tx, id, at)
}

/** Takes up to `count` letters that are due, those that a student waits for first and none of the kinds `except`, for
 *  `forMs`: nobody else takes them until that has run out. */
export async function claimLetters(
  db: Db,
  count: number,
  at: Date,
  forMs: number,
  except: readonly LetterKind[] = [],
): Promise<LetterRow[]> {
  const rows = await db
    .updateTable('letter')
    .set({
      claimed_until: new Date(at.getTime() + forMs),
      attempts: sql<number>`attempts + 1`,
      first_tried_at: sql<Date>`coalesce(first_tried_at, ${at})`,
    })
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('letter')
        .select('id')
        .where('state', 'in', ['due', 'retrying'])
        .where('next_at', '<=', at)
        .$if(except.length > 0, (query) => query.where('kind', 'not in', except))
        .where((where) => where.or([where('claimed_until', 'is', null), where('claimed_until', '<=', at)]))
        // Somebody waits for a link on a page; an invitation of this morning can wait for a minute.
        .orderBy((order) => order('kind', 'in', ['invitation', 'address-shared']))
        .orderBy('next_at')
        .limit(count)
        .forUpdate()
        .skipLocked(),
    )
    .returningAll()
    .execute()
  return rows
}

/** Gives back letters that were taken and not tried: somebody else may take them at once. */
export async function unclaimLetters(db: Db, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  await db
    .updateTable('letter')
    .set({ claimed_until: null, attempts: sql<number>`attempts - 1` })
    .where('id', 'in', ids)
    .where('state', 'in', ['due', 'retrying'])
    .execute()
}

/** The mail server has accepted a letter: what it carried is erased, its promise kept. */
export async function letterSent(tx: Tx, id: string, address: string, at: Date): Promise<void> {
  await tx
    .updateTable('letter')
    .set({ state: 'sent', address, sent_at: at, sealed: null, claimed_until: null, reason: null })
    .where('id', '=', id)
    .execute()
  await keepLetter(tx, id, at)
}

/** A letter will be tried again at `nextAt`, unless it was withdrawn while it was being tried. Where the server has not
 *  `heard` of it, the time for which it may be put off has not begun. */
export async function letterRetried(
  db: Db,
  id: string,
  { reason, nextAt, heard }: { reason: string; nextAt: Date; heard: boolean },
): Promise<void> {
  await db
    .updateTable('letter')
    .set({
      state: 'retrying',
      reason,
      next_at: nextAt,
      claimed_until: null,
      ...(heard ? {} : { first_tried_at: null }),
    })
    .where('id', '=', id)
    .where('state', 'in', ['due', 'retrying'])
    .execute()
}

/** A letter will not leave: refused by the server for good, or no longer to be sent. Its promise stays open where it
 *  was refused (the student still waits), and is released where the reason for the letter has gone. */
export async function letterEnded(
  tx: Tx,
  id: string,
  state: 'refused' | 'cancelled' | 'withheld',
  reason: string,
  at: Date,
): Promise<void> {
  await tx
    .updateTable('letter')
    .set({ state, reason, sealed: null, claimed_until: null })
    .where('id', '=', id)
    .execute()
  if (state !== 'refused') await releaseLetterPromise(tx, id, at)
}

async function releaseLetterPromise(tx: Tx, id: string, at: Date): Promise<void> {
  await tx
    .updateTable('promise')
    .set({ released: at })
    .where('letter', '=', id)
    .where('kept', 'is', null)
    .where('released', 'is', null)
    .execute()
}

/** A letter as it stands now, should it still be due; null when it was withdrawn since it was taken. */
export async function letterStillDue(db: Db, id: string): Promise<LetterRow | null> {
  const row = await db
    .selectFrom('letter')
    .selectAll()
    .where('id', '=', id)
    .where('state', 'in', ['due', 'retrying'])
    .executeTakeFirst()
  return row ?? null
}

/** How many letters that somebody asked for went to an address since `since` (a limit that survives a restart). */
export async function lettersAskedFor(db: Db, address: string, since: Date): Promise<number> {
  const { count } = await db
    .selectFrom('letter')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('address', '=', address)
    .where('created_at', '>', since)
    .where(sql<boolean>`facts @> '{"asked":"yes"}'`)
    .executeTakeFirstOrThrow()
  return count
}

/** A letter as it was written, or null. */
export async function letterOf(db: Db, id: string): Promise<LetterRow | null> {
  const row = await db.selectFrom('letter').selectAll().where('id', '=', id).executeTakeFirst()
  return row ?? null
}
