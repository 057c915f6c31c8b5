import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { Db, HoldKind, HoldRow, Tx } from './tables.ts'

/** The digest of a set that waits for approval: what it is about, and who is in it. */
export function holdDigest(kind: HoldKind, target: string | null, members: readonly string[]): string {
  return createHash('sha256')
    .update([kind, target ?? '', ...[...members].sort()].join('\n'))
    .digest('hex')
    .slice(0, 16)
}

/** Holds a set until a person approves it. Older holds of the same kind that nobody approved have ended: the set has
 *  changed. Returns the digest. */
export async function hold(
  tx: Tx,
  held: { kind: HoldKind; target: string | null; detail: string; members: readonly string[]; at: Date },
): Promise<string> {
  const digest = holdDigest(held.kind, held.target, held.members)
  await endHolds(tx, held.kind, held.target, held.at, digest)
  const fresh = await tx
    .insertInto('hold')
    .values({
      digest,
      kind: held.kind,
      target: held.target,
      detail: held.detail,
      created_at: held.at,
    })
    .onConflict((conflict) =>
      // The same set may wait again: what was approved of it then has ended, and authorises nothing now.
      conflict.column('digest').doUpdateSet({
        approved_at: sql<Date | null>`case when hold.ended_at is null then hold.approved_at end`,
        approved_by: sql<string | null>`case when hold.ended_at is null then hold.approved_by end`,
        ended_at: null,
      }),
    )
    .returning('created_at')
    .executeTakeFirstOrThrow()
  if (fresh.created_at.getTime() === held.at.getTime()) {
    await sql`
      insert into hold_member (digest, number) select ${digest}, unnest(${[...held.members]}::text[])
      on conflict do nothing`.execute(tx)
  }
  return digest
}

/** Nothing of this kind waits any more, but for the set `except`. */
export async function endHolds(
  tx: Db,
  kind: HoldKind,
  target: string | null,
  at: Date,
  except: string | null = null,
): Promise<void> {
  await tx
    .updateTable('hold')
    .set({ ended_at: at })
    .where('kind', '=', kind)
    .where('target', 'is not distinct from', target)
    .where('approved_at', 'is', null)
    .where('ended_at', 'is', null)
    .$if(except !== null, (query) => query.where('digest', '<>', except ?? ''))
    .execute()
}

/** What waits for a person now. */
export async function waitingHolds(db: Db): Promise<(HoldRow & { members: number })[]> {
  const rows = await db
    .selectFrom('hold')
    .selectAll()
    .select((eb) =>
      eb
        .selectFrom('hold_member')
        .whereRef('hold_member.digest', '=', 'hold.digest')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .as('members'),
    )
    .where('approved_at', 'is', null)
    .where('ended_at', 'is', null)
    .orderBy('created_at')
    .execute()
  return rows.map((row) => ({ ...row, members: Number(row.members) }))
}

/** A member of a held set, and where the account stands that would lose something. */
export interface HeldMember {
  readonly number: string
  readonly family_name: string | null
  readonly first_name: string | null
  readonly component: string | null
  readonly state: string | null
  readonly right_kind: string | null
  readonly right_reason: string | null
}

/** Who is in a held set, in order, `count` at most after `after`. */
export async function heldMembers(
  db: Db,
  digest: string,
  after: string,
  count: number,
): Promise<HeldMember[]> {
  const { rows } = await sql<HeldMember>`
    select m.number, coalesce(p.usage_name, p.birth_name) as family_name, p.first_name, e.component,
      a.state, a.right_kind, a.right_reason
    from hold_member m left join person p on p.number = m.number left join account a on a.number = m.number
    left join lateral (
      select component from enrolment where number = m.number
      order by year desc, (state = 'E') desc, main desc, step limit 1) e on true
    where m.digest = ${digest} and m.number > ${after} order by m.number limit ${count}`.execute(db)
  return rows
}

/** How long a set may be approved after another one of its kind has taken its place: while people come and go at each
 *  pass, nobody could read one otherwise before it is another. */
const readable = "interval '1 day'"

/** Approves a set by its digest. Returns it, or null when nothing of that digest waits: neither that set, nor one of which
 *  it was a former state. Who has left it since is spared, and who has joined waits for another approval. */
export async function approve(tx: Tx, digest: string, by: string, at: Date): Promise<HoldRow | null> {
  const { rows } = await sql<HoldRow>`
    update hold set approved_at = ${at}, approved_by = ${by}, ended_at = null
    where digest = ${digest} and approved_at is null and (ended_at is null or (kind <> 'years'
      and ended_at > ${at}::timestamptz - ${sql.raw(readable)} and exists (
        select from hold now where now.kind = hold.kind and now.target is not distinct from hold.target
          and now.approved_at is null and now.ended_at is null)))
    returning *`.execute(tx)
  return rows[0] ?? null
}

/** What a person has agreed to and is not applied yet. */
export interface Approved {
  readonly digests: readonly string[]
  readonly members: ReadonlySet<string>
}

/** The sets of `kind` that a person has approved and that were not applied yet, as far as their members still stand. */
export async function approvedSets(db: Db, kind: HoldKind, target: string | null): Promise<Approved> {
  const rows = await db
    .selectFrom('hold')
    .innerJoin('hold_member', 'hold_member.digest', 'hold.digest')
    .select(['hold.digest', 'hold_member.number'])
    .where('hold.kind', '=', kind)
    .where('hold.target', 'is not distinct from', target)
    .where('hold.approved_at', 'is not', null)
    .where('hold.ended_at', 'is', null)
    .execute()
  return {
    digests: [...new Set(rows.map(({ digest }) => digest))],
    members: new Set(rows.map(({ number }) => number)),
  }
}

/** Approved sets have been applied as far as they still stand: they authorise nothing more. In the transaction of what
 *  was applied, and those alone that were read for it. */
export async function endApproved(tx: Tx, digests: readonly string[], at: Date): Promise<void> {
  if (digests.length === 0) return
  await tx.updateTable('hold').set({ ended_at: at }).where('digest', 'in', digests).execute()
}

/** Whether a set of this kind waits, or waits to be let go. */
export async function isHeld(db: Db, kind: HoldKind, target: string | null): Promise<boolean> {
  const row = await db
    .selectFrom('hold')
    .select('digest')
    .where('kind', '=', kind)
    .where('target', 'is not distinct from', target)
    .where('ended_at', 'is', null)
    .executeTakeFirst()
  return row !== undefined
}
