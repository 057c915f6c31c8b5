import { sql } from 'kysely'
import { accountStates, next } from '../domain/account.ts'
import { institutionalAddress, type MailRules } from '../domain/mail.ts'
import { channel } from './channel.ts'
import { askedFor, follows, type Choice } from './choice.ts'
import type { Db, Tx } from './tables.ts'

export interface KeyClaim extends Choice {
  readonly number: string
  readonly keyVersion: number
  /** `prenom.nom`, should the student have no institutional address yet. */
  readonly localPart: string
  readonly mailRules: MailRules
  /** An answer to give again to the very same request. */
  readonly repeat: { readonly id: string; readonly request: string; readonly expiresAt: Date } | null
  readonly answer: (mail: string) => unknown
}

/** The states from which a key makes an account active. */
const before = accountStates.filter((state) => next(state, 'activated') === 'active')

/** A claim that proposes an institutional address, should the student have none. */
export interface Proposal {
  readonly claim: KeyClaim
  readonly address: string
}

/** `mail` is the institutional address of whoever has used the key, else null: then nothing was used, and nothing
 *  written. `taken`: only because somebody else bears the address that was proposed. */
export interface Used {
  readonly mail: string | null
  readonly taken: boolean
}

/** The address proposed to the nth bearer of a name, from 0. */
export function proposal(claim: KeyClaim, homonym: number): Proposal {
  return { claim, address: institutionalAddress(claim.localPart, homonym, claim.mailRules).toLowerCase() }
}

/** Uses keys that wait, of students who may, and writes all that this brings and tells whoever provisions, in one
 *  statement: the guarded write of an activation. Each has an outcome of their own, in the order given; of two claims of
 *  one student the second uses nothing.
 *  @param alone whether the statement is a transaction of its own. It then waits for nobody: where another changes a
 *    student, nothing of theirs is used, since what that one is about to write could not be seen. Otherwise the caller
 *    has locked the accounts. */
export async function useKeys(
  db: Db | Tx,
  proposals: readonly Proposal[],
  alone: boolean,
): Promise<readonly Used[]> {
  const firsts = new Map<string, Proposal>()
  for (const each of proposals) if (!firsts.has(each.claim.number)) firsts.set(each.claim.number, each)
  const { rows } = await statement([...firsts.values()], alone).execute(db)
  const found = new Map(rows.map((row) => [row.number, row]))
  return proposals.map((each) => {
    const row = firsts.get(each.claim.number) === each ? found.get(each.claim.number) : undefined
    return { mail: row?.mail ?? null, taken: row?.open === true && row.mail === null }
  })
}

function statement(proposals: readonly Proposal[], alone: boolean) {
  const claims = proposals.map(({ claim }) => claim)
  const asked = askedFor(claims, 'account', [
    { name: 'number', type: 'text', values: claims.map(({ number }) => number) },
    { name: 'version', type: 'integer', values: claims.map(({ keyVersion }) => keyVersion) },
    { name: 'address', type: 'text', values: proposals.map(({ address }) => address) },
  ])
  return sql<{ number: string; open: boolean; mail: string | null }>`
    with ${asked},
    open as materialized (
      select a.number, a.mail, q.version, q.address, q.at from asked q
      join account a on a.number = q.number
      join person p on p.number = q.number
      join activation_key k on k.number = q.number and k.version = q.version
      where k.state = 'waiting' and a.state in (${sql.join(before.map((state) => sql.lit(state)))})
        and a.right_kind = 'open' and not a.locked and not p.address_shared
      for no key update of a, k ${alone ? sql`skip locked for share of p skip locked` : sql``}),
    addressed as (
      insert into institutional_address (address, number, found_in, claimed_at)
      -- In one order for everybody, since each waits for the others' addresses until they commit.
      select address, number, null, at from open where mail is null order by address
      on conflict (address) do nothing returning address, number),
    claimed as (
      update activation_key k set state = 'used', sealed = null, ended_at = o.at
      from (select o.*, coalesce(o.mail, d.address) as given from open o left join addressed d on d.number = o.number) o
      where k.number = o.number and k.version = o.version and k.state = 'waiting' and o.given is not null
      returning o.number, o.given as mail),
    done as materialized (select q.*, c.mail from claimed c join asked q on q.number = c.number),
    moved as (
      update account a
      set state = 'active', mail = d.mail, activated_at = d.at, state_since = d.at, version = a.version + 1
      from done d where a.number = d.number),
    ${follows('account', sql`true`)},
    remembered as (
      insert into audit (at, actor, action, number, facts)
      select at, 'student', 'activated', number, jsonb_build_object('key', version) from done)
    select q.number, o.number is not null as open, c.mail,
      case when c.number is not null then pg_notify(${channel}, c.number) end as told
    from asked q left join open o on o.number = q.number left join claimed c on c.number = q.number`
}
