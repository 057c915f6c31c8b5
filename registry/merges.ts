import { sql } from 'kysely'
import type { Db } from './tables.ts'

/** Two numbers of one human being: the first ends, the second goes on. */
export interface Merge {
  readonly old: string
  readonly into: string
}

/** Writes which numbers are others' now, and no others; whoever is concerned is to be judged again. Returns the pairs of
 *  which one number is not known, for which nothing was written. */
export async function writeMerges(db: Db, merges: readonly Merge[]): Promise<Merge[]> {
  const pairs = sql`unnest(${merges.map(({ old }) => old)}::text[], ${merges.map(({ into }) => into)}::text[])
    as m(old, into_number)`
  await sql`
    update person p set merged_into = wanted.into_number, unjudged = true
    from (
      select k.number, (
        select m.into_number from ${pairs} join person i on i.number = m.into_number
        where m.old = k.number) as into_number
      from person k where k.merged_into is not null or k.number = any(${merges.map(({ old }) => old)}::text[])
    ) wanted
    where wanted.number = p.number and wanted.into_number is distinct from p.merged_into`.execute(db)
  const { rows } = await sql<Merge>`
    select m.old, m.into_number as into from ${pairs}
    where not exists (select 1 from person where number = m.old)
      or not exists (select 1 from person where number = m.into_number)`.execute(db)
  return rows
}
