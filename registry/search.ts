import { sql, type RawBuilder } from 'kysely'
import type { AccountState } from '../domain/account.ts'
import type { Db } from './tables.ts'

/** One student in an answer to a search. */
export interface Found {
  readonly number: string
  readonly family_name: string
  readonly first_name: string | null
  readonly birth_date: string | null
  readonly component: string | null
  readonly component_label: string | null
  readonly step: string | null
  readonly state: AccountState
  readonly locked: boolean
}

/** Letters that differ by an accent alone, told as one: `unaccent` is an extension that not every server has. */
const marked = 'àâäáãåçèêëéìîïíñòôöóõùûüúýÿœæ'
const plain = 'aaaaaaceeeeiiiinooooouuuuyyoa'

/** Students by number (from its first digit on) or by the beginnings of their names, in any order and without accents,
 *  `count` at most; those alone with an enrolment in one of the composantes of `scope`. */
export async function searchStudents(
  db: Db,
  query: string,
  scope: readonly string[] | null,
  count: number,
): Promise<Found[]> {
  const words = query.trim().split(/\s+/).slice(0, 5)
  const which = /^\d+$/.test(query.trim())
    ? sql`p.number like ${`${query.trim()}%`}`
    : sql.join(words.map(named), sql` and `)
  const { rows } = await sql<Found>`
    select p.number, coalesce(p.usage_name, p.birth_name) as family_name,
      coalesce(p.chosen_first_name, p.first_name) as first_name, p.birth_date,
      e.component, e.component_label, e.step, coalesce(a.state, 'none') as state, coalesce(a.locked, false) as locked
    from person p left join account a on a.number = p.number
    left join lateral (
      select component, component_label, step from enrolment where number = p.number
      order by year desc, (state = 'E') desc, main desc, step limit 1) e on true
    where ${which} and ${within(sql`p.number`, scope)}
    order by family_name, first_name nulls first, p.number limit ${count}`.execute(db)
  return rows
}

/** A word stands at the beginning of one of the names, or of a part of one. */
function named(word: string): RawBuilder<boolean> {
  const typed = word.toLowerCase().replace(/[\\%_]/g, (sign) => `\\${sign}`)
  const names = sql`translate(lower(concat_ws(' ', '', p.birth_name, p.usage_name, p.first_name, p.second_name,
    p.chosen_first_name)), ${`${marked}'’-`}, ${`${plain}   `})`
  return sql<boolean>`${names} like '% ' || translate(${typed}, ${`${marked}'’-`}, ${`${plain}   `}) || '%'`
}

/** Whether staff with this scope may see a student: by an enrolment of the newest year of their record. */
export function within(number: RawBuilder<unknown>, scope: readonly string[] | null): RawBuilder<boolean> {
  if (scope === null) return sql<boolean>`true`
  return sql<boolean>`exists (
    select 1 from enrolment s where s.number = ${number} and s.component = any(${[...scope]}::text[])
      and s.year = (select max(n.year) from enrolment n where n.number = ${number}))`
}

/** Whether there is a student of this number whom staff with this scope may see. */
export async function maySee(db: Db, number: string, scope: readonly string[] | null): Promise<boolean> {
  const { rows } = await sql`
    select 1 from person p where p.number = ${number} and ${within(sql`p.number`, scope)}`.execute(db)
  return rows.length > 0
}
