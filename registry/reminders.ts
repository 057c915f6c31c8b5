import { sql } from 'kysely'
import type { Db } from './tables.ts'

/** Somebody who was sent a key and has not used it. */
export interface Unanswered {
  readonly number: string
  readonly version: string
  readonly year: string
  readonly sent_at: Date
}

/** Who was sent the key that still waits, for the newest year of their right, at `before` or earlier, and may be written
 *  to now. */
export async function unansweredInvitations(db: Db, before: Date): Promise<Unanswered[]> {
  const { rows } = await sql<Unanswered>`
    select distinct on (l.number) l.number, l.facts->>'version' as version, l.facts->>'year' as year, l.sent_at
    from letter l
    join account a on a.number = l.number and a.right_kind = 'open' and not a.locked
      and a.right_years[array_upper(a.right_years, 1)] = l.facts->>'year'
    join activation_key k on k.number = l.number and k.state = 'waiting' and k.version::text = l.facts->>'version'
    join person p on p.number = l.number and p.address_state = 'usable' and not p.address_shared
    where l.kind = 'invitation' and l.state = 'sent' and l.sent_at <= ${before}
    order by l.number, l.sent_at desc`.execute(db)
  return rows
}

/** Who signs in by grace alone, and may be written to now, with the year that is over. */
export async function inGrace(db: Db): Promise<{ number: string; year: string }[]> {
  const { rows } = await sql<{ number: string; year: string }>`
    select a.number, a.right_years[array_upper(a.right_years, 1)] as year
    from account a join person p on p.number = a.number and p.address_state = 'usable' and not p.address_shared
    where a.right_kind = 'grace' and a.state = 'active' and not a.locked
    order by a.number`.execute(db)
  return rows
}

/** Of some reasons that bring one letter at most, those for which there is one, whatever became of it. */
export async function reasonsKnown(db: Db, reasons: readonly string[]): Promise<Set<string>> {
  if (reasons.length === 0) return new Set()
  const rows = await db
    .selectFrom('letter')
    .select('once')
    .where(sql<boolean>`once = any(${[...reasons]}::text[])`)
    .execute()
  return new Set(rows.flatMap(({ once }) => once ?? []))
}
