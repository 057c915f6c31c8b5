import { sql } from 'kysely'
import { present, type AccountState } from '../domain/account.ts'
import type { Enrolment } from '../domain/person.ts'
import type { Right } from '../domain/right.ts'
import { enrolmentsOf } from './facts.ts'
import type { AccountRow, Db, KeyRow, PersonRow, Tx } from './tables.ts'

const batch = 500
/** States of a letter that the student's mail server did not take. */
const unsent: ReadonlySet<string> = new Set(['refused', 'bounced'])

/** What is known of a student whose facts have changed. */
export interface Unjudged {
  readonly person: PersonRow
  readonly account: AccountRow | null
  readonly enrolments: readonly Enrolment[]
  readonly key: Pick<KeyRow, 'version' | 'state'> | null
  /** The year of the newest invitation written for that key, withheld ones apart. */
  readonly invitedFor: string | null
}

async function unjudged(db: Db, after: string, count: number): Promise<Unjudged[]> {
  const people = await db
    .selectFrom('person')
    .selectAll()
    .where('unjudged', '=', true)
    .where('number', '>', after)
    .orderBy('number')
    .limit(count)
    .execute()
  const numbers = people.map(({ number }) => number)
  if (numbers.length === 0) return []
  const among = sql<boolean>`number = any(${numbers}::text[])`
  const [accounts, enrolments, keys, invitations] = [
    await db.selectFrom('account').selectAll().where(among).execute(),
    await enrolmentsOf(db, numbers),
    await db
      .selectFrom('activation_key')
      .select(['number', 'version', 'state'])
      .distinctOn('number')
      .where(among)
      .orderBy('number')
      .orderBy('version', 'desc')
      .execute(),
    await db
      .selectFrom('letter')
      .select(['number', 'facts', 'state', 'created_at'])
      .where(among)
      .where('kind', '=', 'invitation')
      .where('state', '<>', 'withheld')
      .execute(),
  ]
  const accountBy = new Map(accounts.map((row) => [row.number, row]))
  const keyBy = new Map(keys.map((row) => [row.number, row]))
  return people.map((person) => {
    const key = keyBy.get(person.number) ?? null
    const years = invitations
      .filter(({ number, facts }) => number === person.number && facts['version'] === String(key?.version))
      // What the former address refused, the corrected one has never been sent.
      .filter(({ state, created_at }) => !unsent.has(state) || created_at >= person.address_since)
      .map(({ facts }) => String(facts['year']))
    return {
      person,
      account: accountBy.get(person.number) ?? null,
      enrolments: enrolments.get(person.number) ?? [],
      key,
      invitedFor: years.sort().at(-1) ?? null,
    }
  })
}

/** Everybody not yet judged, by number, a batch at a time. */
export async function* everyUnjudged(db: Db): AsyncGenerator<Unjudged[]> {
  let after = ''
  for (;;) {
    const students = await unjudged(db, after, batch)
    const last = students.at(-1)
    if (last === undefined) return
    yield students
    after = last.person.number
  }
}

/** Everybody is to be judged again: the calendar or the rules have moved. */
export async function unjudgeAll(db: Db): Promise<void> {
  await db.updateTable('person').set({ unjudged: true }).where('unjudged', '=', false).execute()
}

/** Those who left long enough ago for the next step of leaving are to be judged again. */
export async function unjudgeLeaving(
  db: Db,
  before: { suspend: Date; close: Date; purge: Date },
): Promise<void> {
  await sql`
    update person set unjudged = true from account
    where account.number = person.number and not person.unjudged and account.left_at is not null and (
      (account.state = 'active' and account.left_at <= ${before.suspend}) or
      (account.state = 'suspended' and account.left_at <= ${before.close}) or
      (account.state = 'closed' and account.left_at <= ${before.purge}))`.execute(db)
}

/** The right of one student as just judged. */
export interface JudgedRight {
  readonly number: string
  readonly right: Right
  /** The latest year of a right before this one, by memory or record. */
  readonly lastYear: string | null
}

/** Writes rights; an account row comes into being with the first. `right_since` is when the right in its newest year was
 *  first seen: a promise for a new year does not start in the old one. */
export async function writeRights(tx: Tx, judged: readonly JudgedRight[], at: Date): Promise<void> {
  // In slices: a statement takes 65,535 parameters at most.
  for (let from = 0; from < judged.length; from += batch) {
    await writeSlice(tx, judged.slice(from, from + batch), at)
  }
}

async function writeSlice(tx: Tx, judged: readonly JudgedRight[], at: Date): Promise<void> {
  await tx
    .insertInto('account')
    .values(
      judged.map(({ number, right, lastYear }) => ({
        number,
        right_kind: right.kind,
        right_years: [...right.years],
        right_reason: right.reason,
        right_since: right.kind === 'none' ? null : at,
        left_at: null,
        last_right_year: lastYear,
        state_since: at,
      })),
    )
    .onConflict((conflict) =>
      conflict.column('number').doUpdateSet((eb) => ({
        right_kind: eb.ref('excluded.right_kind'),
        right_years: eb.ref('excluded.right_years'),
        right_reason: eb.ref('excluded.right_reason'),
        right_since: sql<Date | null>`case when excluded.right_kind = 'none' then null
          when account.right_kind = excluded.right_kind
            and account.right_years[array_upper(account.right_years, 1)]
              = excluded.right_years[array_upper(excluded.right_years, 1)]
          then account.right_since else excluded.right_since end`,
        left_at: sql<Date | null>`case when excluded.right_kind <> 'none' then null
          when account.right_kind = 'none' then account.left_at else ${at} end`,
        last_right_year: eb.ref('excluded.last_right_year'),
      })),
    )
    .execute()
}

/** Finds anew whose address is shared: the same effective address on two records that both have a right or grace.
 *  Whoever is concerned is to be judged again; for a released address the clock starts now. Returns how many moved. */
export async function judgeSharing(tx: Tx, at: Date): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    update person set address_shared = found.shared, unjudged = true,
      address_since = case when found.shared then person.address_since else ${at} end
    from (
      select p.number, p.address_state = 'usable' and own.right_kind <> 'none' and exists (
        select 1 from person other join account theirs on theirs.number = other.number
        where other.address_canonical = p.address_canonical and other.number <> p.number
          and theirs.right_kind <> 'none') as shared
      from person p join account own on own.number = p.number
      where p.address_shared or p.address_canonical in (
        select address_canonical from person where unjudged and address_canonical is not null)
    ) found
    where found.number = person.number and found.shared <> person.address_shared`.execute(tx)
  return Number(numAffectedRows)
}

/** How many students have a right, and how many of `kind` alone: the whole that brakes measure against. */
export async function countRights(db: Db): Promise<number> {
  const { count } = await db
    .selectFrom('account')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('right_kind', '<>', 'none')
    .executeTakeFirstOrThrow()
  return count
}

/** How many accounts have an entry in the directories. */
export async function countPresent(db: Db): Promise<number> {
  const { count } = await db
    .selectFrom('account')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('state', 'in', present)
    .executeTakeFirstOrThrow()
  return count
}

/** Moves accounts to another state. */
export async function moveAccounts(
  tx: Tx,
  numbers: readonly string[],
  state: AccountState,
  at: Date,
): Promise<void> {
  if (numbers.length === 0) return
  await tx.updateTable('account').set({ state, state_since: at }).where('number', 'in', numbers).execute()
}

/** These students need no further look until their facts change. */
export async function markJudged(tx: Tx, numbers: readonly string[]): Promise<void> {
  if (numbers.length === 0) return
  await tx.updateTable('person').set({ unjudged: false }).where('number', 'in', numbers).execute()
}

/** A small mark of the daemon, by name. */
export async function readMark(db: Db, name: string): Promise<string | null> {
  const row = await db.selectFrom('mark').select('value').where('name', '=', name).executeTakeFirst()
  return row?.value ?? null
}

/** Writes a mark that nobody has written yet, and returns the one that stands. */
export async function firstMark(db: Db, name: string, value: string): Promise<string> {
  await db
    .insertInto('mark')
    .values({ name, value })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute()
  return (await readMark(db, name)) ?? value
}

export async function forgetMark(db: Db, name: string): Promise<void> {
  await db.deleteFrom('mark').where('name', '=', name).execute()
}

export async function writeMark(db: Db, name: string, value: string): Promise<void> {
  await db
    .insertInto('mark')
    .values({ name, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute()
}
