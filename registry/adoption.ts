import { sql } from 'kysely'
import { next } from '../domain/account.ts'
import { lockAccounts } from './accounts.ts'
import { remember } from './audit.ts'
import { withholdInvitations } from './letters.ts'
import { chosenForwarding } from './mailboxes.ts'
import { unsettle } from './settlements.ts'
import { moveAccounts } from './standings.ts'
import type { AccountRow, Tx } from './tables.ts'

/** A student whose account stood in a directory before us. */
export interface Adopted {
  readonly number: string
  /** The institutional address as found. */
  readonly mail: string | null
  readonly aliases: readonly string[]
  /** Verifiers that could be read, each for its own target: `scheme@target`. */
  readonly verifiers: readonly { readonly scheme: string; readonly sealed: string; readonly mac: string }[]
  /** The entries that are the student's. */
  readonly entries: readonly { readonly target: string; readonly dn: string; readonly uuid: string | null }[]
  /** Where the mailbox forwards to, null being nowhere; undefined where none was found. */
  readonly forwarding: string | null | undefined
}

export interface Adoption {
  readonly adopted: readonly string[]
  /** Whose address was given to somebody else: nothing was done for them. */
  readonly mailTaken: readonly string[]
}

/** Takes over students with what was found of them, as one transaction: active, without key or letter; mail and aliases
 *  theirs as found, the entries ours (rules: taking over). Whoever has chosen a password here already keeps that one, and
 *  only the entries become ours. Somebody without a right is presumed to have had one until they are judged: its loss
 *  goes through the brakes as any other. */
export async function adopt(tx: Tx, found: readonly Adopted[], at: Date): Promise<Adoption> {
  const accounts = await lockAccounts(
    tx,
    found.map(({ number }) => number),
  )
  const mailTaken: string[] = []
  const taken: { one: Adopted; account: AccountRow; isNew: boolean }[] = []
  for (const one of found) {
    const account = accounts.get(one.number)
    if (account === undefined) continue
    const isNew = next(account.state, 'adopted') !== null
    if (isNew && !(await ownAddresses(tx, one, at))) mailTaken.push(one.number)
    else taken.push({ one, account, isNew })
  }
  const numbers = taken.map(({ one }) => one.number)
  const fresh = taken.filter(({ isNew }) => isNew)
  const freshNumbers = fresh.map(({ one }) => one.number)
  await moveAccounts(tx, freshNumbers, 'active', at)
  for (const { one, account } of fresh) {
    await tx
      .updateTable('account')
      .set({
        mail: account.mail ?? one.mail?.toLowerCase() ?? null,
        ...(account.right_kind === 'none'
          ? {
              right_kind: 'open',
              right_years: account.last_right_year === null ? [] : [account.last_right_year],
            }
          : {}),
      })
      .where('number', '=', one.number)
      .execute()
  }
  await keepVerifiers(
    tx,
    fresh.map(({ one }) => one),
    at,
  )
  await forgetKeys(tx, freshNumbers, at)
  await unsettle(tx, numbers, at)
  await own(
    tx,
    taken.map(({ one }) => one),
  )
  // Kept as found: as if the student had chosen it.
  for (const { one } of taken) {
    if (one.forwarding !== undefined) await chosenForwarding(tx, one.number, one.forwarding)
  }
  if (freshNumbers.length > 0)
    await tx.updateTable('person').set({ unjudged: true }).where('number', 'in', freshNumbers).execute()
  await remember(
    tx,
    freshNumbers.map((number) => ({ at, actor: 'operator', action: 'adopted', number })),
  )
  return { adopted: numbers, mailTaken }
}

/** Address and aliases are the student's from now on; those that a scan found taken by a stranger are this stranger's. */
async function ownAddresses(tx: Tx, { number, mail, aliases }: Adopted, at: Date): Promise<boolean> {
  const wanted = [
    ...new Set([...(mail === null ? [] : [mail]), ...aliases].map((each) => each.toLowerCase())),
  ]
  if (wanted.length === 0) return true
  const others = await tx
    .selectFrom('institutional_address')
    .select('address')
    .where('address', 'in', wanted)
    .where('number', 'is not', null)
    .where('number', '<>', number)
    .execute()
  if (others.some(({ address }) => address === mail?.toLowerCase())) return false
  const free = wanted.filter((address) => !others.some((other) => other.address === address))
  if (free.length === 0) return true
  await tx
    .insertInto('institutional_address')
    .values(free.map((address) => ({ address, number, found_in: null, claimed_at: at })))
    .onConflict((conflict) => conflict.column('address').doUpdateSet({ number, found_in: null }))
    .execute()
  return true
}

async function keepVerifiers(tx: Tx, found: readonly Adopted[], at: Date): Promise<void> {
  const rows = found.flatMap(({ number, verifiers }) =>
    verifiers.map((verifier) => ({ ...verifier, number, chosen_at: at })),
  )
  if (rows.length === 0) return
  await tx
    .insertInto('verifier')
    .values(rows)
    .onConflict((conflict) => conflict.columns(['number', 'scheme']).doNothing())
    .execute()
}

/** A key that was made for somebody who turns out to have an account never left the house. */
async function forgetKeys(tx: Tx, numbers: readonly string[], at: Date): Promise<void> {
  if (numbers.length === 0) return
  await tx
    .deleteFrom('activation_key')
    .where('number', 'in', numbers)
    .where('state', '=', 'waiting')
    .execute()
  await withholdInvitations(tx, numbers, 'ADOPTED', at)
}

async function own(tx: Tx, found: readonly Adopted[]): Promise<void> {
  const rows = found.flatMap(({ number, entries }) => entries.map((entry) => ({ number, ...entry })))
  if (rows.length === 0) return
  await sql`
    update settlement set dn = asked.dn, entry_uuid = asked.uuid, written_digest = null
    from unnest(${rows.map(({ target }) => target)}::text[], ${rows.map(({ number }) => number)}::text[],
      ${rows.map(({ dn }) => dn)}::text[], ${rows.map(({ uuid }) => uuid)}::text[]) as asked(target, number, dn, uuid)
    where settlement.target = asked.target and settlement.number = asked.number`.execute(tx)
}
