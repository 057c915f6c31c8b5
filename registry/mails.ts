import { sql } from 'kysely'
import { institutionalAddress, type MailRules } from '../domain/mail.ts'
import { IdentityError } from '../platform/error.ts'
import type { Db, Tx } from './tables.ts'

/** More bearers of one name than any university has. */
const mostHomonyms = 10_000

/** Where the addresses were found that the settings list. */
export const foundInSettings = 'reserved'

/** 0, 1, 2… for whoever looks for the first free address of a name; throws UNEXPECTED where there is none. */
export function* homonyms(): Generator<number, never> {
  for (let homonym = 0; homonym < mostHomonyms; homonym++) yield homonym
  throw new IdentityError('UNEXPECTED', `no free address for ${mostHomonyms} homonyms`)
}

/** Claims the first free address of a local part for a student, by the unique index: two at once never get the same. */
export async function claimMail(
  tx: Tx,
  number: string,
  local: string,
  rules: MailRules,
  at: Date,
): Promise<string> {
  for (const homonym of homonyms()) {
    const address = institutionalAddress(local, homonym, rules).toLowerCase()
    const claimed = await tx
      .insertInto('institutional_address')
      .values({ address, number, found_in: null, claimed_at: at })
      .onConflict((conflict) => conflict.column('address').doNothing())
      .returning('address')
      .executeTakeFirst()
    if (claimed) return address
  }
  throw new TypeError('homonyms end by an error')
}

/** Addresses that entries of others bear in a directory, or that the settings list: nobody is given one of them. What the
 *  settings say is what is remembered, whatever was found before. */
export async function reserveMails(
  db: Db,
  addresses: readonly string[],
  foundIn: string,
  at: Date,
): Promise<void> {
  if (addresses.length === 0) return
  await sql`
    insert into institutional_address (address, number, found_in, claimed_at)
    select distinct lower(a.address), null, ${foundIn}, ${at}::timestamptz from unnest(${[...addresses]}::text[]) as a(address)
    on conflict (address) do update set found_in = excluded.found_in
      where institutional_address.number is null and excluded.found_in = ${foundInSettings}
        and institutional_address.found_in <> excluded.found_in`.execute(db)
}
