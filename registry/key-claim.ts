import { sql } from 'kysely'
import { accountStates, next } from '../domain/account.ts'
import { institutionalAddress, type MailRules } from '../domain/mail.ts'
import { dueOf } from '../domain/promise.ts'
import type { NewLetter } from './letters.ts'
import { homonyms } from './mails.ts'
import type { Db, Tx } from './tables.ts'
import { verifiersKept, type Claim } from './verifiers.ts'

export interface KeyClaim extends Claim {
  readonly number: string
  readonly keyVersion: number
  /** `prenom.nom`, should the student have no institutional address yet. */
  readonly localPart: string
  readonly mailRules: MailRules
  /** One without `once`, written as it is. */
  readonly letter: Pick<NewLetter, 'id' | 'kind' | 'address' | 'dueAt' | 'facts'> | null
  /** An answer to give again to the very same request. */
  readonly repeat: { readonly id: string; readonly request: string; readonly expiresAt: Date } | null
  readonly answer: (mail: string) => unknown
}

/** The states from which a key makes an account active. */
const before = accountStates.filter((state) => next(state, 'activated') === 'active')

/** Uses a key that waits, of a student who may, and writes all that this brings, in one statement: the guarded write of
 *  an activation. Returns the institutional address, or null when nothing was used; then nothing is written.
 *  @param alone whether the statement is a transaction of its own. It then waits for nobody: where another changes this
 *    student, nothing is used, since what that one is about to write could not be seen. Otherwise the caller has locked
 *    the account. */
export async function useKey(db: Db | Tx, claim: KeyClaim, alone: boolean): Promise<string | null> {
  for (const homonym of homonyms()) {
    const address = institutionalAddress(claim.localPart, homonym, claim.mailRules).toLowerCase()
    const { rows } = await statement(claim, address, alone).execute(db)
    const [found] = rows
    // Somebody else bears it: nothing was used yet.
    if (found?.open === true && found.mail === null) continue
    return found?.mail ?? null
  }
  return null
}

function statement(claim: KeyClaim, address: string, alone: boolean) {
  const { number, keyVersion, at, letter, progress } = claim
  const bearer = sql`claimed`
  return sql<{ open: boolean; mail: string | null }>`
    with open as materialized (
      select a.number, a.mail from account a
      join person p on p.number = a.number
      join activation_key k on k.number = a.number
      where a.number = ${number} and k.version = ${keyVersion} and k.state = 'waiting'
        and a.state in (${sql.join(before.map((state) => sql.lit(state)))})
        and a.right_kind = 'open' and not a.locked and not p.address_shared
      for no key update of a, k ${alone ? sql`skip locked for share of p skip locked` : sql``}),
    addressed as (
      insert into institutional_address (address, number, found_in, claimed_at)
      select ${address}, number, null, ${at} from open where mail is null
      on conflict (address) do nothing returning address),
    claimed as (
      update activation_key k set state = 'used', sealed = null, ended_at = ${at}
      from (select o.number, coalesce(o.mail, d.address) as mail from open o left join addressed d on true) o
      where k.number = o.number and k.version = ${keyVersion} and k.state = 'waiting' and o.mail is not null
      returning o.number, o.mail),
    moved as (
      update account a
      set state = 'active', mail = c.mail, activated_at = ${at}, state_since = ${at}, version = a.version + 1
      from claimed c where a.number = c.number),
    ${verifiersKept(claim, bearer)},
    shown as (
      insert into progress (id, number, started_at, expires_at)
      select ${progress.id}, number, ${at}, ${progress.expiresAt} from claimed),
    unsettled as (
      insert into settlement (target, number, state, next_at)
      select t.name, c.number, 'unsettled', ${at} from claimed c, target t
      on conflict (target, number) do update
        set state = 'unsettled', next_at = ${at}, attempts = 0, code = null, detail = null),
    promised as (
      insert into promise (kind, number, started, due)
      select 'account', number, ${at}, ${dueOf('account', at)} from claimed
      returning id, kind, number, started, due),
    children as (
      insert into promise (parent, kind, number, target, started, due)
      select p.id, p.kind, p.number, t.name, p.started, p.due from promised p, target t order by t.position),
    posted as (
      insert into letter (id, kind, number, address, state, due_at, next_at, facts, created_at)
      select l.id, l.kind, c.number, l.address, 'due', l.due_at, l.due_at, l.facts, ${at}
      from claimed c, (select ${letter?.id ?? null}::uuid as id, ${letter?.kind ?? null}::text as kind,
        ${letter?.address ?? null}::text as address, ${letter?.dueAt ?? null}::timestamptz as due_at,
        ${JSON.stringify(letter?.facts ?? {})}::jsonb as facts) l
      where l.id is not null),
    remembered as (
      insert into audit (at, actor, action, number, facts)
      select ${at}, 'student', 'activated', number, ${JSON.stringify({ key: keyVersion })}::jsonb from claimed)
    select exists (select from open) as open, (select mail from claimed) as mail`
}
