import { sql } from 'kysely'
import type { EnrolmentState } from '../domain/person.ts'
import type { Db, Tx } from './tables.ts'

/** The enrolments of a student that give the right they have now; states as setting `right.states`. */
const giving = (states: readonly EnrolmentState[]) => sql`
  select e.missing_since from enrolment e where e.number = a.number
    and e.state = any(${[...states]}::text[]) and e.year = any(a.right_years)`

/** Who has a right that the record has not shown for a while: neither the student nor an enrolment that gives it was
 *  there since `before`, nor in any of the last `snapshots` full snapshots. An enrolment that is there and gives nothing
 *  any more, cancelled or terminated, is an explicit fact and not an absence. */
export async function vanishedNow(
  db: Db,
  { before, snapshots, states }: { before: Date; snapshots: number; states: readonly EnrolmentState[] },
): Promise<string[]> {
  const { rows } = await sql<{ number: string }>`
    with bound as (
      select least(${before}::timestamptz, min(judged_at)) as at, count(*) as count from (
        select judged_at from snapshot where state = 'accepted' and kind = 'full'
        order by id desc limit ${snapshots}) newest)
    select a.number from account a join person p on p.number = a.number, bound
    where bound.count = ${snapshots} and a.right_kind <> 'none' and p.vanished_at is null and (
      p.missing_since <= bound.at
      or exists (${giving(states)}) and not exists (select 1 from (${giving(states)}) g
        where g.missing_since is null or g.missing_since > bound.at))
    order by a.number`.execute(db)
  return rows.map(({ number }) => number)
}

/** A person has agreed that the right of these has ended. */
export async function markVanished(tx: Tx, numbers: readonly string[], at: Date): Promise<void> {
  if (numbers.length === 0) return
  await tx
    .updateTable('person')
    .set({ vanished_at: at, unjudged: true })
    .where(sql<boolean>`number = any(${[...numbers]}::text[])`)
    .execute()
}

/** Whoever is in the record again, with an enrolment that counts, has not vanished. */
export async function forgetReturned(db: Db, states: readonly EnrolmentState[]): Promise<void> {
  await sql`
    update person p set vanished_at = null, unjudged = true
    where p.vanished_at is not null and p.missing_since is null and exists (
      select 1 from enrolment e where e.number = p.number and e.missing_since is null
        and e.state = any(${[...states]}::text[]))`.execute(db)
}
