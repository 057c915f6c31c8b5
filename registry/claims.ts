import { sql } from 'kysely'
import { lockAccounts } from './accounts.ts'
import { remember } from './audit.ts'
import { post, type NewLetter } from './letters.ts'
import { useKey, type KeyClaim } from './key-claim.ts'
import type { Registry } from './open.ts'
import { promiseOnTargets } from './promises.ts'
import { passwordTargetNames, unsettle } from './settlements.ts'
import type { Tx } from './tables.ts'
import { bearerOf, claimToken, voidTokens } from './tokens.ts'
import { isRivalry } from './unavailable.ts'
import { verifiersKept, type Claim } from './verifiers.ts'

/** Uses an activation key: the guarded write is the claim, and the key, the verifiers, the address, the promises, the
 *  letter and the marks for the directories are one transaction. Returns the institutional address, or null when the
 *  key could not be claimed: used a moment ago, right lost, address shared. Nothing is done then. */
export async function claimByKey(registry: Registry, claim: KeyClaim): Promise<string | null> {
  const mail = claim.repeat ? null : await claimAtOnce(registry, claim)
  if (mail !== null) return mail
  return whole(registry, async (tx, lost) => {
    await lockAccounts(tx, [claim.number])
    const claimed = await useKey(tx, claim, false)
    if (claimed === null) return lost()
    if (claim.repeat) await keepAnswer(tx, claim.repeat, claim.answer(claimed))
    return claimed
  })
}

/** By one statement, as long as nobody else changes this student. */
async function claimAtOnce(registry: Registry, claim: KeyClaim): Promise<string | null> {
  try {
    return await useKey(registry.db, claim, true)
  } catch (error) {
    if (isRivalry(error)) return null
    throw error
  }
}

export interface TokenClaim extends Claim {
  readonly digest: string
  /** Whether grace is enough (setting `year.reset_in_grace`). */
  readonly graceEnough: boolean
  /** Written for whom the token belongs to. */
  readonly letter: (number: string) => NewLetter
}

/** Uses a reset token, likewise. Right, lock and sharing are checked once more here. Returns whose it was, or null. */
export async function claimByToken(registry: Registry, claim: TokenClaim): Promise<string | null> {
  return whole(registry, async (tx, lost) => {
    const { at } = claim
    const number = await bearerOf(tx, claim.digest, at)
    if (number === null) return lost()
    await lockAccounts(tx, [number])
    if (!(await claimToken(tx, claim.digest, at))) return lost()
    const account = await tx
      .selectFrom('account')
      .innerJoin('person', 'person.number', 'account.number')
      .select('account.number')
      .where('account.number', '=', number)
      .where('account.state', '=', 'active')
      .where('account.locked', '=', false)
      .where('account.right_kind', 'in', claim.graceEnough ? ['open', 'grace'] : ['open'])
      .where('person.address_shared', '=', false)
      .where('person.address_state', '=', 'usable')
      .executeTakeFirst()
    if (!account) return lost()

    await keepVerifiers(tx, number, claim)
    await voidTokens(tx, [number], at)
    await unsettle(tx, [number], at)
    await promiseOnTargets(tx, 'password', number, at, await passwordTargetNames(tx))
    await post(tx, [claim.letter(number)], at)
    await remember(tx, [{ at, actor: 'student', action: 'password-reset', number }])
    return number
  })
}

/** The answer once given to this very request, if it is still remembered. */
export async function repeatedAnswer(
  registry: Registry,
  id: string,
  request: string,
  at: Date,
): Promise<unknown> {
  const row = await registry.db
    .selectFrom('answered_request')
    .select('answer')
    .where('id', '=', id)
    .where('request', '=', request)
    .where('expires_at', '>', at)
    .executeTakeFirst()
  return row?.answer ?? null
}

async function keepVerifiers(tx: Tx, number: string, claim: Claim): Promise<void> {
  const { progress, at } = claim
  await sql`
    with ${verifiersKept(claim, sql`(select ${number}::text as number)`)}
    insert into progress (id, number, started_at, expires_at)
    values (${progress.id}, ${number}, ${at}, ${progress.expiresAt})`.execute(tx)
}

async function keepAnswer(
  tx: Tx,
  { id, request, expiresAt }: NonNullable<KeyClaim['repeat']>,
  answer: unknown,
): Promise<void> {
  await tx
    .insertInto('answered_request')
    .values({ id, request, answer: JSON.stringify(answer), expires_at: expiresAt })
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet((eb) => ({
        request: eb.ref('excluded.request'),
        answer: eb.ref('excluded.answer'),
        expires_at: eb.ref('excluded.expires_at'),
      })),
    )
    .execute()
}

const lostClaim = Symbol('lost claim')

/** Runs a claim in a transaction; `lost()` undoes all of it, and the answer is null. */
async function whole<T>(
  registry: Registry,
  act: (tx: Tx, lost: () => never) => Promise<T>,
): Promise<T | null> {
  try {
    return await registry.transaction((tx) =>
      act(tx, () => {
        // eslint-disable-next-line @typescript-eslint/only-throw-error -- caught right below, never seen outside
        throw lostClaim
      }),
    )
  } catch (error) {
    if (error === lostClaim) return null
    throw error
  }
}
