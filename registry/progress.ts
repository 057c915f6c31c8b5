import type { Db } from './tables.ts'

/** How far an activation or a reset has come, target by target. */
export interface ProgressFacts {
  readonly number: string
  readonly mail: string | null
  readonly steps: readonly { target: string; started: Date; due: Date; kept: Date | null }[]
}

/** The progress behind an identifier, or null: unknown or run out. */
export async function progressOf(db: Db, id: string, at: Date): Promise<ProgressFacts | null> {
  const row = await db
    .selectFrom('progress')
    .innerJoin('account', 'account.number', 'progress.number')
    .select(['progress.number', 'progress.started_at', 'account.mail'])
    .where('progress.id', '=', id)
    .where('progress.expires_at', '>', at)
    .executeTakeFirst()
  if (!row) return null
  const promises = await db
    .selectFrom('promise')
    .leftJoin('target', 'target.name', 'promise.target')
    .select(['promise.target', 'promise.started', 'promise.due', 'promise.kept'])
    .where('promise.number', '=', row.number)
    .where('promise.started', '=', row.started_at)
    .where('promise.target', 'is not', null)
    .where('promise.kind', 'in', ['account', 'password'])
    .orderBy('target.position')
    .execute()
  return {
    number: row.number,
    mail: row.mail,
    steps: promises.map(({ target, started, due, kept }) => ({ target: target ?? '', started, due, kept })),
  }
}

/** Drops what has run out: progress pages and remembered answers. */
export async function dropRunOut(db: Db, at: Date): Promise<void> {
  await db.deleteFrom('progress').where('expires_at', '<', at).execute()
  await db.deleteFrom('answered_request').where('expires_at', '<', at).execute()
}
