import { sql } from 'kysely'
import type { ErrorCode } from '../platform/error.ts'
import type { Registry } from './open.ts'
import type { Db, ReadAgainResult, Tx } from './tables.ts'

/** Where a wish stands: `result` is null until the daemon has answered. */
export interface ReadAgain {
  readonly number: string
  readonly result: ReadAgainResult | null
  /** Why it was held or refused. */
  readonly code: ErrorCode | null
  readonly answeredAt: Date | null
}

/** Asks that a student be read again at the source, and tells the daemon. What comes of it: `readAgainResult`. */
export async function askToReadAgain(
  registry: Registry,
  wish: { readonly number: string; readonly by: string },
): Promise<Wish> {
  const { id } = await registry.db
    .insertInto('read_again')
    .values({ number: wish.number, asked_by: wish.by, asked_at: registry.clock.now() })
    .returning('id')
    .executeTakeFirstOrThrow()
  await registry.nudge('')
  return { id, number: wish.number, asked_by: wish.by }
}

/** What became of a wish; null when there is none of that number. */
export async function readAgainResult(db: Db, id: number): Promise<ReadAgain | null> {
  const row = await db
    .selectFrom('read_again')
    .select(['number', 'result', 'code', 'answered_at'])
    .where('id', '=', id)
    .executeTakeFirst()
  return row === undefined
    ? null
    : {
        number: row.number,
        result: row.result,
        code: row.code as ErrorCode | null,
        answeredAt: row.answered_at,
      }
}

/** Somebody's wish that a student be read again. */
export interface Wish {
  readonly id: number
  readonly number: string
  readonly asked_by: string
}

/** The oldest wishes that nobody has answered. */
export async function openWishes(db: Db, count: number): Promise<Wish[]> {
  return db
    .selectFrom('read_again')
    .select(['id', 'number', 'asked_by'])
    .where('answered_at', 'is', null)
    .orderBy('id')
    .limit(count)
    .execute()
}

/** Notes at what moment of the source's clock a student was read, in the transaction of what was read. */
export async function takeWish(tx: Tx, id: number, readAt: Date): Promise<void> {
  await tx.updateTable('read_again').set({ read_at: readAt }).where('id', '=', id).execute()
}

/** Writes what came of a wish; whoever answered before stands. */
export async function answerWish(
  db: Db,
  id: number,
  answer: { readonly result: ReadAgainResult; readonly code: ErrorCode | null; readonly at: Date },
): Promise<void> {
  await db
    .updateTable('read_again')
    .set({ result: answer.result, code: answer.code, answered_at: answer.at })
    .where('id', '=', id)
    .where('answered_at', 'is', null)
    .execute()
}

/** Of whom the source was asked after `takenAt`: a snapshot of that moment says less of them than we know. */
export async function readSince(db: Db, takenAt: Date): Promise<Set<string>> {
  const rows = await db
    .selectFrom('read_again')
    .select('number')
    .distinct()
    .where('read_at', '>', takenAt)
    .execute()
  return new Set(rows.map(({ number }) => number))
}

/** Forgets what was answered before `before`; the audit has what came of it. */
export async function dropAnswered(db: Db, before: Date): Promise<void> {
  await sql`delete from read_again where answered_at < ${before}`.execute(db)
}
