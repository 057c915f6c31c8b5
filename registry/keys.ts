import { sql } from 'kysely'
import type { Db, KeyRow, Tx } from './tables.ts'

/** Issues a key: an older one still waiting is replaced, its sealed copy erased. */
export async function issueKeys(
  tx: Tx,
  keys: readonly { number: string; version: number; mac: string; sealed: string }[],
  at: Date,
): Promise<void> {
  if (keys.length === 0) return
  await tx
    .updateTable('activation_key')
    .set({ state: 'replaced', sealed: null, ended_at: at })
    .where(
      'number',
      'in',
      keys.map(({ number }) => number),
    )
    .where('state', '=', 'waiting')
    .execute()
  await tx
    .insertInto('activation_key')
    .values(keys.map((key) => ({ ...key, state: 'waiting' as const, created_at: at })))
    .execute()
}

/** Every key a student ever had, newest first. */
export async function keysOf(db: Db, number: string): Promise<KeyRow[]> {
  return db
    .selectFrom('activation_key')
    .selectAll()
    .where('number', '=', number)
    .orderBy('version', 'desc')
    .execute()
}

/** Which of these MACs are those of keys that somebody has or had. */
export async function knownKeys(db: Db, macs: readonly string[]): Promise<Pick<KeyRow, 'number' | 'mac'>[]> {
  if (macs.length === 0) return []
  return db
    .selectFrom('activation_key')
    .select(['number', 'mac'])
    .where(sql<boolean>`mac = any(${[...macs]}::text[])`)
    .execute()
}

/** One line of the key feed (rules: the key). */
export interface PublishedKey {
  readonly number: string
  readonly version: number
  readonly state: KeyRow['state']
  readonly right_kind: string
  readonly sealed: string | null
  readonly since: Date
  readonly reachable: boolean
}

/** The newest key of each student, by number, from `after` on. */
export async function keysToPublish(db: Db, after: string, count: number): Promise<PublishedKey[]> {
  const { rows } = await sql<PublishedKey>`
    select distinct on (k.number) k.number, k.version, k.state, a.right_kind, k.sealed,
      coalesce(k.ended_at, k.created_at) as since,
      p.address_state = 'usable' and not p.address_shared as reachable
    from activation_key k join account a on a.number = k.number join person p on p.number = k.number
    where k.number > ${after} order by k.number, k.version desc limit ${count}`.execute(db)
  return rows
}

/** Remembers that the key feed was written. */
export async function rememberPublication(
  db: Db,
  publication: { at: Date; path: string; rows: number; digest: string },
): Promise<void> {
  await db.insertInto('publication').values(publication).execute()
}

/** The newest publication of a file. */
export async function lastPublication(db: Db, path: string): Promise<{ at: Date; digest: string } | null> {
  const row = await db
    .selectFrom('publication')
    .select(['at', 'digest'])
    .where('path', '=', path)
    .orderBy('id', 'desc')
    .executeTakeFirst()
  return row ?? null
}
