import { sql, type RawBuilder } from 'kysely'
import { addressFault, faultInWords } from '../domain/address.ts'
import type { Db } from './tables.ts'

/** The lists that registrars are sent: each is rows of the same columns, the composante first. */
export const lists = {
  /** Who shares a personal address with somebody. */
  'shared-addresses': {
    columns: ['component', 'component_label', 'number', 'family_name', 'first_name', 'address'],
    of: personList(sql`p.address`, sql`p.address_shared`, sql`p.address_canonical`),
  },
  /** Who has a right and no address to which anything could be mailed, and why; the last letter came back, for one. */
  'invalid-addresses': {
    columns: [
      'component',
      'component_label',
      'number',
      'family_name',
      'first_name',
      'state',
      'address',
      'reason',
    ],
    of: personList(
      sql`case when p.address_state = 'usable' then 'bounced' else p.address_state end as state, p.address`,
      sql`(p.address_state <> 'usable' or (
          select l.state from letter l where l.number = p.number and l.address = p.address and l.sent_at is not null
          order by l.sent_at desc limit 1) = 'bounced')
        and exists (select 1 from account a where a.number = p.number and a.right_kind <> 'none')`,
    ),
  },
  /** Who has a right, and is not in the record any more. */
  vanished: {
    columns: ['component', 'component_label', 'number', 'family_name', 'first_name', 'missing_since'],
    of: personList(
      sql`p.missing_since`,
      sql`p.missing_since is not null and p.vanished_at is null and exists (
        select 1 from account a where a.number = p.number and a.right_kind <> 'none')`,
    ),
  },
  /** Whoever is probably recorded twice: the same INE, or the same name and day of birth, under two numbers. */
  duplicates: {
    columns: [
      'component',
      'component_label',
      'number',
      'family_name',
      'first_name',
      'birth_date',
      'ine',
      'other',
    ],
    of: personList(
      sql`p.birth_date, p.ine, twin.number as other`,
      sql`p.merged_into is null`,
      sql`least(p.number, twin.number)`,
      sql`join person twin on twin.number <> p.number and twin.merged_into is null and (twin.ine = p.ine
        or (twin.birth_date = p.birth_date and lower(twin.birth_name) = lower(p.birth_name)
          and lower(coalesce(twin.first_name, '')) = lower(coalesce(p.first_name, ''))))`,
    ),
  },
  /** Who has a right and no activation key, since the one that is supplied is missing or cannot be taken. */
  'key-faults': {
    columns: ['component', 'component_label', 'number', 'family_name', 'first_name', 'reason', 'since'],
    of: personList(
      sql`fault.reason, fault.since`,
      sql`true`,
      sql`p.number`,
      sql`join key_fault fault on fault.number = p.number`,
    ),
  },
  /** Entries that are not ours and bear a login that we need: untouched, and the student waits. */
  conflicts: {
    columns: ['component', 'component_label', 'number', 'family_name', 'first_name', 'target', 'detail'],
    of: personList(
      sql`s.target, s.detail`,
      sql`true`,
      sql`p.number`,
      sql`
      join settlement s on s.number = p.number and s.state = 'held' and s.code = 'TARGET_CONFLICT'`,
    ),
  },
  /** Rows of the last snapshot that could not be taken as facts. */
  'set-aside': {
    columns: ['component', 'component_label', 'number', 'file', 'line', 'reason'],
    of: sql<ListRow>`
      select e.component, e.component_label, s.number, s.file, s.line, s.reason
      from set_aside s ${homeOf(sql`s.number`)}
      where s.snapshot = (select max(id) from snapshot where state <> 'held')
      order by e.component nulls last, s.file, s.line`,
  },
} as const

export type ListName = keyof typeof lists
export type ListRow = Readonly<Record<string, string | number | Date | null>>

export async function listed(db: Db, name: ListName): Promise<ListRow[]> {
  const { rows } = await lists[name].of.execute(db)
  return name === 'invalid-addresses' ? rows.map((row) => ({ ...row, reason: reasonOf(row) })) : rows
}

/** What must be corrected in the record, in words. */
function reasonOf({ state, address }: ListRow): string {
  if (state === 'missing') return "il n'y en a pas"
  if (state === 'bounced') return 'le dernier courriel en est revenu'
  if (state === 'institutional') return "c'est une adresse de l'université"
  const fault = addressFault(String(address))
  return fault === null ? '' : faultInWords(fault)
}

function personList(
  more: RawBuilder<unknown>,
  which: RawBuilder<unknown>,
  order: RawBuilder<unknown> = sql`p.number`,
  joined: RawBuilder<unknown> = sql``,
): RawBuilder<ListRow> {
  return sql<ListRow>`
    select e.component, e.component_label, p.number,
      coalesce(p.usage_name, p.birth_name) as family_name, p.first_name, ${more}
    from person p ${joined} ${homeOf(sql`p.number`)}
    where ${which}
    order by e.component nulls last, ${order}, p.number`
}

/** The composante of a student: that of the newest enrolment, one in progress and the main one first. */
function homeOf(number: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`left join lateral (
    select component, component_label from enrolment where number = ${number}
    order by year desc, (state = 'E') desc, main desc, step limit 1) e on true`
}
