import { lockAccounts } from './accounts.ts'
import { remember } from './audit.ts'
import { post, withholdInvitations, type NewLetter } from './letters.ts'
import { releasePromises } from './promises.ts'
import { askForReset } from './reset-requests.ts'
import { unsettle } from './settlements.ts'
import { addressStateOf } from './students.ts'
import type { Tx } from './tables.ts'
import { voidTokens } from './tokens.ts'
import { destroyVerifiers } from './verifiers.ts'

export interface Locking {
  readonly number: string
  /** Who did it, and why: for the trail. */
  readonly actor: string
  readonly reason: string | null
  readonly at: Date
}

/** changed: done now · unchanged: it was so already · unknown: nobody has that number. */
export type Locked = 'changed' | 'unchanged' | 'unknown'

/** Locks an account (rules: accounts): its password is destroyed and leaves every directory at once, its links and keys
 *  open nothing, and the student is told. What it owed is owed no more. */
export async function lock(
  tx: Tx,
  { number, actor, reason, at }: Locking,
  letter: NewLetter,
): Promise<Locked> {
  const known = await turn(tx, number, true)
  if (known !== 'changed') return known
  await voidTokens(tx, [number], at)
  await withholdInvitations(tx, [number], 'LOCKED', at)
  await releasePromises(tx, [number], null, at)
  await destroyVerifiers(tx, [number])
  await unsettle(tx, [number], at)
  await post(tx, [letter], at)
  await remember(tx, [{ at, actor, action: 'locked', number, facts: { reason } }])
  return 'changed'
}

/** Unlocks an account. Whoever had a password is asked to choose another: the link leaves as if it had been asked for,
 *  or the reason why there is none. Whoever had not activated is invited again. */
export async function unlock(tx: Tx, { number, actor, reason, at }: Locking): Promise<Locked> {
  const known = await turn(tx, number, false)
  if (known !== 'changed') return known
  await unsettle(tx, [number], at)
  const { state, ...person } = await tx
    .selectFrom('person')
    .innerJoin('account', 'account.number', 'person.number')
    .selectAll('person')
    .select('account.state')
    .where('person.number', '=', number)
    .executeTakeFirstOrThrow()
  await tx.updateTable('person').set({ unjudged: true }).where('number', '=', number).execute()
  if (state === 'active' && addressStateOf(person) === 'usable' && person.address_canonical !== null)
    await askForReset(tx, person.address_canonical, at)
  await remember(tx, [{ at, actor, action: 'unlocked', number, facts: { reason } }])
  return 'changed'
}

async function turn(tx: Tx, number: string, locked: boolean): Promise<Locked> {
  const account = (await lockAccounts(tx, [number])).get(number)
  if (account === undefined) return 'unknown'
  if (account.locked === locked) return 'unchanged'
  await tx.updateTable('account').set({ locked }).where('number', '=', number).execute()
  return 'changed'
}
