import { sql, type Selectable } from 'kysely'
import type { CanaryTable, Db } from './tables.ts'

/** What became of a try. fine: the right password opens, a wrong one does not · refused: the right one does not open ·
 *  open: a wrong one does · unanswered: the directory did not judge a password · unwritten: the entry of the canary is not
 *  what it must be. */
export const canaryResults = ['fine', 'refused', 'open', 'unanswered', 'unwritten'] as const
export type CanaryResult = (typeof canaryResults)[number]
export type CanaryRow = Selectable<CanaryTable>

/** Refusals in a row after which another password is chosen. */
const mostRefusals = 2

/** What we know of the canary of a target; null where there is none. */
export async function canaryOf(db: Db, target: string): Promise<CanaryRow | null> {
  const row = await db.selectFrom('canary').selectAll().where('target', '=', target).executeTakeFirst()
  return row ?? null
}

/** Takes the try of this period, unless somebody has: then null. Written before anything is tried and counted by the clock
 *  of the database, so that neither two daemons nor one that is killed and started again fail twice in a period.
 *  `renews`: another password is due. */
export async function claimTry(
  db: Db,
  { target, login }: { readonly target: string; readonly login: string },
  { everyMs, renewMs }: { readonly everyMs: number; readonly renewMs: number },
): Promise<(CanaryRow & { readonly renews: boolean }) | null> {
  const { rows } = await sql<CanaryRow & { renews: boolean }>`
    insert into canary (target, login, tried_at) values (${target}, ${login}, clock_timestamp())
    on conflict (target) do update set tried_at = excluded.tried_at
      where canary.tried_at <= ${before(everyMs)}
    returning *, coalesce(chosen_at <= ${before(renewMs)}, true) or refusals >= ${mostRefusals} as renews`.execute(
    db,
  )
  return rows[0] ?? null
}

/** A password of the canary, sealed. */
export interface Choice {
  readonly scheme: string
  readonly sealed_password: string
  readonly sealed_verifier: string
  readonly mac: string
}

/** From now on this is the password of the canary. */
export async function writeChoice(db: Db, target: string, choice: Choice): Promise<CanaryRow> {
  return db
    .updateTable('canary')
    .set({ ...choice, chosen_at: sql`clock_timestamp()`, written: false, effective_at: null, refusals: 0 })
    .where('target', '=', target)
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** Where the entry of the canary stands. `isWritten`: it was read back and bears the password that was chosen. Before an
 *  add its name alone is claimed, as that of a student is; null gives it up. */
export async function writePlace(
  db: Db,
  target: string,
  place: { readonly dn: string | null; readonly entry_uuid: string | null },
  isWritten: boolean,
): Promise<void> {
  await db
    .updateTable('canary')
    .set({ ...place, written: isWritten })
    .where('target', '=', target)
    .execute()
}

/** Notes what became of a try. The seconds from the choice of the password until now, where this was the first time that it
 *  opened; else null. */
export async function writeResult(db: Db, target: string, result: CanaryResult): Promise<number | null> {
  const opened = result === 'fine' || result === 'open'
  const { rows } = await sql<{ seconds: number | null }>`
    update canary set result = ${result},
      succeeded_at = case when ${result === 'fine'}::boolean then clock_timestamp() else canary.succeeded_at end,
      effective_at = case when ${opened}::boolean then coalesce(canary.effective_at, clock_timestamp()) else canary.effective_at end,
      refusals = case when ${opened}::boolean then 0 else canary.refusals + ${result === 'refused' ? 1 : 0} end
    from canary former
    where canary.target = ${target} and former.target = canary.target
    returning case when former.effective_at is null
      then extract(epoch from canary.effective_at - canary.chosen_at)::float8 end as seconds`.execute(db)
  return rows[0]?.seconds ?? null
}

/** It goes by another login from now on: nothing that was known of the former one holds. */
export async function restartCanary(db: Db, target: string, login: string): Promise<CanaryRow> {
  const none = {
    dn: null,
    entry_uuid: null,
    scheme: null,
    sealed_password: null,
    sealed_verifier: null,
    mac: null,
  }
  return db
    .updateTable('canary')
    .set({ login, ...none, chosen_at: null, written: false, effective_at: null, refusals: 0 })
    .where('target', '=', target)
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** There is no canary in a target any more. */
export async function dropCanary(db: Db, target: string): Promise<void> {
  await db.deleteFrom('canary').where('target', '=', target).execute()
}

const before = (ms: number) => sql<Date>`clock_timestamp() - ${ms / 1000} * interval '1 second'`
