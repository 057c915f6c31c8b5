import { sql } from 'kysely'
import { channel } from './channel.ts'
import { askedFor, follows, type Choice } from './choice.ts'
import type { Db, Tx } from './tables.ts'

export interface TokenClaim extends Choice {
  readonly digest: string
  /** Whether grace is enough (setting `year.reset_in_grace`). */
  readonly graceEnough: boolean
}

/** Uses reset tokens, of students who may, likewise in one statement (`useKeys`): whose each was, in the order given, or
 *  null. Whatever else was mailed to them is void from here on. */
export async function useTokens(
  db: Db | Tx,
  claims: readonly TokenClaim[],
  alone: boolean,
): Promise<readonly (string | null)[]> {
  const firsts = new Map<string, TokenClaim>()
  for (const claim of claims) if (!firsts.has(claim.digest)) firsts.set(claim.digest, claim)
  const { rows } = await statement([...firsts.values()], alone).execute(db)
  const found = new Map(rows.map(({ digest, number }) => [digest, number]))
  return claims.map((claim) =>
    firsts.get(claim.digest) === claim ? (found.get(claim.digest) ?? null) : null,
  )
}

function statement(claims: readonly TokenClaim[], alone: boolean) {
  const asked = askedFor(claims, 'password', [
    { name: 'digest', type: 'text', values: claims.map(({ digest }) => digest) },
    { name: 'grace', type: 'boolean', values: claims.map(({ graceEnough }) => graceEnough) },
  ])
  return sql<{ digest: string; number: string }>`
    with ${asked},
    open as materialized (
      select t.digest, q.at from asked q
      join reset_token t on t.digest = q.digest
      join account a on a.number = t.number
      join person p on p.number = t.number
      where t.used_at is null and t.voided_at is null and t.expires_at > q.at
        and a.state = 'active' and not a.locked and (a.right_kind = 'open' or (q.grace and a.right_kind = 'grace'))
        and not p.address_shared and p.address_state = 'usable'
      for no key update of a, t ${alone ? sql`skip locked for share of p skip locked` : sql``}),
    claimed as (
      update reset_token t set used_at = o.at from open o
      where t.digest = o.digest and t.used_at is null and t.voided_at is null and t.expires_at > o.at
      returning t.digest, t.number),
    done as materialized (select q.*, c.number from claimed c join asked q on q.digest = c.digest),
    moved as (update account a set version = a.version + 1 from done d where a.number = d.number),
    voided as (
      update reset_token t set voided_at = d.at from done d
      where t.number = d.number and t.digest <> d.digest and t.used_at is null and t.voided_at is null),
    withdrawn as (
      update letter l set state = 'cancelled', sealed = null, reason = 'TOKEN_VOID' from done d
      where l.number = d.number and l.kind = 'reset' and l.state in ('due', 'retrying')),
    ${follows('password', sql`t.bears_password`)},
    remembered as (
      insert into audit (at, actor, action, number) select at, 'student', 'password-reset', number from done)
    select digest, number, pg_notify(${channel}, number) as told from claimed`
}
