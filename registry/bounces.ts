import { canonicalAddress } from '../domain/address.ts'
import { lockAccounts } from './accounts.ts'
import { remember } from './audit.ts'
import { letterOf } from './letters.ts'
import type { LetterKind, Tx } from './tables.ts'

/** `recorded`; `known`: it was before; `not-sent`: the letter is not one that has left; `elsewhere`: it came back from
 *  an address that it did not go to last; `not-ours`: there is no such letter. */
export type BounceResult = 'recorded' | 'known' | 'not-sent' | 'elsewhere' | 'not-ours'

/** A letter has come back. Its reason becomes the status that the other server gave, `5.1.1` for one. Said twice, it is
 *  recorded once. What it promised stays kept: our mail server had accepted it. */
export async function letterBounced(
  tx: Tx,
  id: string,
  { recipients, status }: { readonly recipients: readonly string[]; readonly status: string | null },
  at: Date,
): Promise<{ result: BounceResult; kind: LetterKind | null }> {
  const found = await letterOf(tx, id)
  if (found === null) return { result: 'not-ours', kind: null }
  if (found.number !== null) await lockAccounts(tx, [found.number])
  const letter = (await letterOf(tx, id)) ?? found
  const { kind, number } = letter
  if (letter.state === 'bounced') return { result: 'known', kind }
  if (letter.state !== 'sent') return { result: 'not-sent', kind }
  // The same letter may have gone to a corrected address since: what comes back late is of the former one.
  const to = canonicalAddress(letter.address ?? '')
  if (recipients.length > 0 && !recipients.some((each) => canonicalAddress(each) === to))
    return { result: 'elsewhere', kind }
  await tx
    .updateTable('letter')
    .set({ state: 'bounced', reason: status ?? 'BOUNCED' })
    .where('id', '=', id)
    .where('state', '=', 'sent')
    .execute()
  await remember(tx, [{ at, actor: 'daemon', action: 'letter-bounced', number, facts: { kind, status } }])
  return { result: 'recorded', kind }
}
