import { sql } from 'kysely'
import type { Db } from './tables.ts'

/** Who is signed in, as the registry keeps it. */
export interface StaffSession {
  readonly digest: string
  readonly subject: string
  readonly name: string
  readonly roles: readonly string[]
  readonly scope: readonly string[] | null
  readonly sealed_hint: string
  readonly created_at: Date
  readonly seen_at: Date
  readonly expires_at: Date
}

/** Writes a session; those that have run out go at the same time. */
export async function openSession(db: Db, session: StaffSession): Promise<void> {
  await db.deleteFrom('staff_session').where('expires_at', '<=', session.created_at).execute()
  await db
    .insertInto('staff_session')
    .values({
      ...session,
      roles: [...session.roles],
      scope: session.scope === null ? null : [...session.scope],
    })
    .execute()
}

/** The session of a digest, should it still last: not run out, and used within `idleMs`. Marks it as used. */
export async function useSession(
  db: Db,
  digest: string,
  idleMs: number,
  at: Date,
): Promise<StaffSession | null> {
  const row = await db
    .updateTable('staff_session')
    .set({ seen_at: sql<Date>`greatest(seen_at, ${at})` })
    .where('digest', '=', digest)
    .where('expires_at', '>', at)
    .where('seen_at', '>', new Date(at.getTime() - idleMs))
    .returningAll()
    .executeTakeFirst()
  return row ?? null
}

/** Ends a session: the cookie opens nothing any more. Returns what it was. */
export async function endSession(db: Db, digest: string): Promise<StaffSession | null> {
  const row = await db
    .deleteFrom('staff_session')
    .where('digest', '=', digest)
    .returningAll()
    .executeTakeFirst()
  return row ?? null
}

/** Ends every session of one person: the provider has signed them out. */
export async function endSessionsOf(db: Db, subject: string): Promise<void> {
  await db.deleteFrom('staff_session').where('subject', '=', subject).execute()
}
