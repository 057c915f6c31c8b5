import { sql } from 'kysely'
import { next } from '../domain/account.ts'
import type { MailRules } from '../domain/mail.ts'
import { lockAccounts } from './accounts.ts'
import { remember } from './audit.ts'
import { post, type NewLetter } from './letters.ts'
import { useKey } from './keys.ts'
import { claimMail } from './mails.ts'
import type { Registry } from './open.ts'
import { promiseAccount, promisePassword } from './promises.ts'
import { passwordTargetNames, unsettle } from './settlements.ts'
import type { Tx } from './tables.ts'
import { bearerOf, claimToken, voidTokens } from './tokens.ts'

/** A verifier ready to be kept: sealed for writing, its MAC for comparing. */
export interface KeptVerifier {
  readonly scheme: string
  readonly sealed: string
  readonly mac: string
}

export interface Claim {
  readonly verifiers: readonly KeptVerifier[]
  /** The page « où en est mon compte » of this act. */
  readonly progress: { readonly id: string; readonly expiresAt: Date }
  readonly at: Date
}

export interface KeyClaim extends Claim {
  readonly number: string
  readonly keyVersion: number
  /** `prenom.nom`, should the student have no institutional address yet. */
  readonly localPart: string
  readonly mailRules: MailRules
  readonly letter: NewLetter | null
  /** An answer to give again to the very same request. */
  readonly repeat: { readonly id: string; readonly request: string; readonly expiresAt: Date } | null
  readonly answer: (mail: string) => unknown
}

/** Uses an activation key: the guarded write is the claim, and the key, the verifiers, the address, the promises, the
 *  letter and the marks for the directories are one transaction. Returns the institutional address, or null when the
 *  key could not be claimed: used a moment ago, right lost, address shared. Nothing is done then. */
export async function claimByKey(registry: Registry, claim: KeyClaim): Promise<string | null> {
  return whole(registry, async (tx, lost) => {
    const { number, at } = claim
    await lockAccounts(tx, [number])
    const account = await useKey(tx, number, claim.keyVersion, at)
    const state = account && next(account.state, 'activated')
    if (!account || !state) return lost()

    const mail = account.mail ?? (await claimMail(tx, number, claim.localPart, claim.mailRules, at))
    await tx
      .updateTable('account')
      .set({ state, mail, activated_at: at, state_since: at })
      .where('number', '=', number)
      .execute()
    await keepVerifiers(tx, number, claim)
    await unsettle(tx, [number], at)
    await promiseAccount(tx, number, at, account.targets)
    if (claim.letter) await post(tx, [claim.letter], at)
    if (claim.repeat) {
      const { id, request, expiresAt } = claim.repeat
      await tx
        .insertInto('answered_request')
        .values({ id, request, answer: JSON.stringify(claim.answer(mail)), expires_at: expiresAt })
        .onConflict((conflict) =>
          conflict.column('id').doUpdateSet((eb) => ({
            request: eb.ref('excluded.request'),
            answer: eb.ref('excluded.answer'),
            expires_at: eb.ref('excluded.expires_at'),
          })),
        )
        .execute()
    }
    await remember(tx, [
      { at, actor: 'student', action: 'activated', number, facts: { key: claim.keyVersion } },
    ])
    return mail
  })
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
    await promisePassword(tx, number, at, await passwordTargetNames(tx))
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

async function keepVerifiers(tx: Tx, number: string, { verifiers, progress, at }: Claim): Promise<void> {
  const schemes = verifiers.map(({ scheme }) => scheme)
  await sql`
    with gone as (delete from verifier where number = ${number} and scheme <> all(${schemes}::text[])),
    kept as (
      insert into verifier (number, scheme, sealed, mac, chosen_at)
      select ${number}, v.scheme, v.sealed, v.mac, ${at}
      from unnest(${schemes}::text[], ${verifiers.map(({ sealed }) => sealed)}::text[],
        ${verifiers.map(({ mac }) => mac)}::text[]) as v (scheme, sealed, mac)
      on conflict (number, scheme) do update
        set sealed = excluded.sealed, mac = excluded.mac, chosen_at = excluded.chosen_at)
    insert into progress (id, number, started_at, expires_at)
    values (${progress.id}, ${number}, ${at}, ${progress.expiresAt})`.execute(tx)
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
