import { sql } from 'kysely'
import type { ForwardingMemory } from '../domain/forwarding.ts'
import { mailboxTarget } from '../domain/profiles/mailbox.ts'
import { foundInSettings } from './mails.ts'
import type { Db, Tx } from './tables.ts'

/** Where a student's mailbox is looked for. */
export interface MailboxPlace {
  /** The institutional address; null while there is none. */
  readonly mail: string | null
  /** The identifier by which the mailbox is ours; null before it was read back once. */
  readonly id: string | null
  readonly activatedAt: Date | null
}

export async function mailboxPlace(db: Db, number: string): Promise<MailboxPlace> {
  const row = await db
    .selectFrom('account')
    .leftJoin('settlement', (join) =>
      join.onRef('settlement.number', '=', 'account.number').on('settlement.target', '=', mailboxTarget),
    )
    .select(['account.mail', 'settlement.entry_uuid as id', 'account.activated_at as activatedAt'])
    .where('account.number', '=', number)
    .executeTakeFirst()
  return row ?? { mail: null, id: null, activatedAt: null }
}

/** Writes down that a mailbox which came to be by itself is a student's, by its identifier. */
export async function claimMailbox(
  db: Db,
  number: string,
  { dn, id }: { readonly dn: string; readonly id: string },
): Promise<void> {
  await db
    .updateTable('settlement')
    .set({ dn, entry_uuid: id })
    .where('target', '=', mailboxTarget)
    .where('number', '=', number)
    .where('entry_uuid', 'is', null)
    .execute()
}

/** Who bears a mailbox. */
export interface Bearer {
  /** Null: no student that we know. */
  readonly number: string | null
  /** Its address is listed as one that no student has (setting `address.reserved`). */
  readonly isReserved: boolean
}

/** Whose mailboxes these are, in the order given: known by the identifier that was noted, else by a name that is a
 *  student's institutional address. */
export async function mailboxBearers(
  db: Db,
  boxes: readonly { readonly id: string; readonly name: string }[],
): Promise<Bearer[]> {
  if (boxes.length === 0) return []
  const { rows } = await sql<Bearer & { place: number }>`
    select box.place, coalesce(s.number, i.number) as number,
      coalesce(i.found_in = ${foundInSettings}, false) as "isReserved"
    from unnest(${boxes.map(({ id }) => id)}::text[], ${boxes.map(({ name }) => name.toLowerCase())}::text[])
      with ordinality as box(id, name, place)
    left join settlement s on s.target = ${sql.lit(mailboxTarget)} and s.entry_uuid = box.id
    left join institutional_address i on i.address = box.name`.execute(db)
  const bearers = new Map(rows.map(({ place, number, isReserved }) => [place, { number, isReserved }]))
  return boxes.map((_, index) => bearers.get(index + 1) ?? { number: null, isReserved: false })
}

/** What is remembered of the forwarding of some students. */
export async function forwardingsOf(
  db: Db,
  numbers: readonly string[],
): Promise<Map<string, ForwardingMemory>> {
  if (numbers.length === 0) return new Map()
  const rows = await db
    .selectFrom('forwarding')
    .selectAll()
    .where(sql<boolean>`number = any(${[...numbers]}::text[])`)
    .execute()
  return new Map(rows.map(({ number, ...memory }) => [number, memory]))
}

/** Writes down what a mailbox is about to be told. */
export async function intendForwarding(db: Db, number: string, memory: ForwardingMemory): Promise<void> {
  await db
    .insertInto('forwarding')
    .values({ number, ...memory })
    .onConflict((conflict) => conflict.column('number').doUpdateSet({ ...memory }))
    .execute()
}

/** Notes what stands in a mailbox, before we ever set anything there, as its student's choice. */
export async function chosenForwarding(tx: Tx, number: string, found: string | null): Promise<void> {
  await tx
    .insertInto('forwarding')
    .values({ number, address: null, unsure: false, before: null, chosen: found ?? '', off: false })
    .onConflict((conflict) => conflict.column('number').doNothing())
    .execute()
}

/** A mailbox was seen to have what it was told, unless it has been told something else since. */
export async function confirmForwarding(
  db: Db,
  number: string,
  { address, off }: ForwardingMemory,
): Promise<void> {
  await sql`update forwarding set unsure = false, before = null, off = ${off}
    where number = ${number} and unsure and address is not distinct from ${address}`.execute(db)
}

/** A mailbox that is no more. */
export async function forgetForwarding(db: Db, number: string): Promise<void> {
  await db.deleteFrom('forwarding').where('number', '=', number).execute()
}
