import { bearsLocalPart, type MailRules } from '../domain/mail.ts'
import { lockAccounts } from './accounts.ts'
import { remember } from './audit.ts'
import { post, type NewLetter } from './letters.ts'
import { claimMail } from './mails.ts'
import { unsettle } from './settlements.ts'
import type { Tx } from './tables.ts'

export interface NewAddress {
  readonly number: string
  /** `prenom.nom` from the names of now. */
  readonly local: string
  readonly rules: MailRules
  /** Who did it, and why: for the trail. */
  readonly actor: string
  readonly reason: string | null
  readonly at: Date
}

/** given: the address of now, the former one being an alias for ever · unchanged: it fits the names already · none: the
 *  account was never activated, and has no address · unknown: nobody has that number. */
export type AddressGiven =
  | { readonly outcome: 'given'; readonly mail: string; readonly former: string }
  | { readonly outcome: 'unchanged'; readonly mail: string }
  | { readonly outcome: 'none' }
  | { readonly outcome: 'unknown' }

/** Gives a student the institutional address of a new name (rules: institutional address). One that was theirs before is
 *  theirs again; whatever was ever given stays theirs, and nobody else's. */
export async function giveNewAddress(
  tx: Tx,
  { number, local, rules, actor, reason, at }: NewAddress,
  letter: NewLetter,
): Promise<AddressGiven> {
  const account = (await lockAccounts(tx, [number])).get(number)
  if (account === undefined) return { outcome: 'unknown' }
  const former = account.mail
  if (former === null || account.state === 'purged') return { outcome: 'none' }
  if (bearsLocalPart(former, local, rules)) return { outcome: 'unchanged', mail: former }
  const own = await tx
    .selectFrom('institutional_address')
    .select('address')
    .where('number', '=', number)
    .orderBy('claimed_at', 'desc')
    .execute()
  const again = own.find(({ address }) => bearsLocalPart(address, local, rules))
  const mail = again?.address ?? (await claimMail(tx, number, local, rules, at))
  await tx.updateTable('account').set({ mail }).where('number', '=', number).execute()
  await unsettle(tx, [number], at)
  await post(tx, [letter], at)
  await remember(tx, [{ at, actor, action: 'address-changed', number, facts: { reason } }])
  return { outcome: 'given', mail, former }
}
