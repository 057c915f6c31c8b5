import { sql } from 'kysely'
import type { Db } from './tables.ts'

export interface SharedAddressRow {
  readonly component: string | null
  readonly component_label: string | null
  readonly number: string
  readonly family_name: string
  readonly first_name: string | null
  readonly address: string
}

/** Who shares a personal address with somebody, by composante, address and number. */
export async function sharedAddressList(db: Db): Promise<SharedAddressRow[]> {
  const { rows } = await sql<SharedAddressRow>`
    select e.component, e.component_label, p.number,
      coalesce(p.usage_name, p.birth_name) as family_name, p.first_name, p.address
    from person p
    left join lateral (
      select component, component_label from enrolment where number = p.number
      order by year desc, (state = 'E') desc, main desc, step limit 1) e on true
    where p.address_shared
    order by e.component nulls last, p.address_canonical, p.number`.execute(db)
  return rows
}
