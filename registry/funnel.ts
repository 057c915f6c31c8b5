import { sql } from 'kysely'
import { within } from './search.ts'
import type { Db } from './tables.ts'

/** How far the students of one composante have come, each step among those of the step before. */
export interface FunnelRow {
  readonly component: string | null
  readonly component_label: string | null
  /** Have a right to an account now. */
  readonly enrolled: number
  /** Of these: were sent their key, or had an account without one. */
  readonly lettered: number
  /** Of these: have taken possession of the account. */
  readonly activated: number
  /** Of these: the account is as it must be in every directory. */
  readonly ready: number
}

/** Enrolled → letter → activated → ready, by composante. */
export async function funnel(db: Db, scope: readonly string[] | null): Promise<FunnelRow[]> {
  const { rows } = await sql<FunnelRow>`
    with student as (
      select a.number, a.state = 'active' as activated, e.component, e.component_label,
        a.state = 'active' or exists (
          select 1 from letter l where l.number = a.number and l.kind = 'invitation' and l.state = 'sent') as lettered,
        not exists (select 1 from target t left join settlement s on s.target = t.name and s.number = a.number
          where s.state is distinct from 'settled') as settled
      from account a
      left join lateral (
        select component, component_label from enrolment where number = a.number
        order by year desc, (state = 'E') desc, main desc, step limit 1) e on true
      where a.right_kind = 'open' and ${within(sql`a.number`, scope)})
    select component, max(component_label) as component_label, count(*)::int as enrolled,
      (count(*) filter (where lettered))::int as lettered,
      (count(*) filter (where activated))::int as activated,
      (count(*) filter (where activated and settled))::int as ready
    from student group by component order by component nulls last`.execute(db)
  return rows
}
