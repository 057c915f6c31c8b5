import { sql } from 'kysely'
import { lockVersions } from './accounts.ts'
import type { Db, SettlementRow, Tx } from './tables.ts'

/** The targets, in their order. The web learns of them here alone. */
export async function targetNames(db: Db): Promise<string[]> {
  const rows = await db.selectFrom('target').select('name').orderBy('position').execute()
  return rows.map(({ name }) => name)
}

/** Says which targets there are now, and which of them bear no password. */
export async function writeTargets(
  tx: Tx,
  names: readonly string[],
  passwordless: readonly string[] = [],
): Promise<void> {
  await sql`delete from target where name <> all(${[...names]}::text[])`.execute(tx)
  if (names.length === 0) return
  await tx
    .insertInto('target')
    .values(names.map((name, position) => ({ name, position, bears_password: !passwordless.includes(name) })))
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet((eb) => ({
        position: eb.ref('excluded.position'),
        bears_password: eb.ref('excluded.bears_password'),
      })),
    )
    .execute()
}

/** Marks students as unsettled in every target: something a directory must say has changed. */
export async function unsettle(tx: Tx, numbers: readonly string[], at: Date): Promise<void> {
  if (numbers.length === 0) return
  await sql`
    with moved as (update account set version = version + 1 where number = any(${[...numbers]}::text[]))
    insert into settlement (target, number, state, next_at)
    select t.name, n.number, 'unsettled', ${at} from target t, unnest(${[...numbers]}::text[]) as n(number)
    on conflict (target, number) do update
      set state = 'unsettled', next_at = ${at}, attempts = 0, code = null, detail = null`.execute(tx)
}

/** Marks students as unsettled in one target: it does not say what it must. Their version stays, and what a target
 *  has refused for good stays refused until the student changes. */
export async function unsettleIn(
  db: Db,
  target: string,
  numbers: readonly string[],
  at: Date,
): Promise<void> {
  if (numbers.length === 0) return
  await sql`
    insert into settlement (target, number, state, next_at)
    select ${target}, n.number, 'unsettled', ${at} from unnest(${[...numbers]}::text[]) as n(number)
    on conflict (target, number) do update set state = 'unsettled', next_at = ${at}, attempts = 0, code = null, detail = null
      where settlement.state not in ('unsettled', 'refused')`.execute(db)
}

/** Who is to be settled in a target now, the longest waiting first. */
export async function unsettledNow(db: Db, target: string, at: Date, count: number): Promise<string[]> {
  const rows = await db
    .selectFrom('settlement')
    .select('number')
    .where('target', '=', target)
    .where('state', '=', 'unsettled')
    .where('next_at', '<=', at)
    .orderBy('next_at')
    .limit(count)
    .execute()
  return rows.map(({ number }) => number)
}

/** Of those who are unsettled in a target and due, some for whom something is promised there, the oldest promise first:
 *  a student waits for them, however many others are due. */
export async function awaitedNow(db: Db, target: string, at: Date, count: number): Promise<string[]> {
  const { rows } = await sql<{ number: string }>`
    select promise.number from promise
    join settlement on settlement.target = promise.target and settlement.number = promise.number
    where promise.target = ${target} and promise.kept is null and promise.released is null
      and settlement.state = 'unsettled' and settlement.next_at <= ${at}
    order by promise.due limit ${count}`.execute(db)
  return [...new Set(rows.map(({ number }) => number))]
}

/** How many are unsettled in each target. */
export async function unsettledCounts(db: Db): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom('settlement')
    .select(({ fn }) => ['target', fn.countAll<number>().as('count')])
    .where('state', '=', 'unsettled')
    .groupBy('target')
    .execute()
  return new Map(rows.map(({ target, count }) => [target, count]))
}

/** How many entries of a target are ours. */
export async function ownedCount(db: Db, target: string): Promise<number> {
  const { count } = await db
    .selectFrom('settlement')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('target', '=', target)
    .where('dn', 'is not', null)
    .executeTakeFirstOrThrow()
  return count
}

/** Where those stand whose entries in a target bear one of these entryUUIDs. */
export async function settlementsByUuid(
  db: Db,
  target: string,
  uuids: readonly string[],
): Promise<SettlementRow[]> {
  if (uuids.length === 0) return []
  return db
    .selectFrom('settlement')
    .selectAll()
    .where('target', '=', target)
    .where(sql<boolean>`entry_uuid = any(${[...uuids]}::text[])`)
    .execute()
}

export interface InTarget {
  readonly target: string
  readonly number: string
}

/** Where each stands, in the order asked; null where nothing was ever to be said. */
export async function settlementsOf(db: Db, asked: readonly InTarget[]): Promise<(SettlementRow | null)[]> {
  const { rows } = await sql<SettlementRow>`
    select settlement.* from settlement join ${pairs(asked)} on asked.target = settlement.target and asked.number = settlement.number`.execute(
    db,
  )
  const found = new Map(rows.map((row) => [`${row.target} ${row.number}`, row]))
  return asked.map(({ target, number }) => found.get(`${target} ${number}`) ?? null)
}

/** Where a student stands in a target, and the version that the account has at the same moment. */
export interface Standing {
  readonly settlement: SettlementRow
  readonly version: number
}

/** Where each stands, in the order asked; null where nothing was ever to be said. */
export async function standingsOf(db: Db, asked: readonly InTarget[]): Promise<(Standing | null)[]> {
  const { rows } = await sql<SettlementRow & { account_version: number }>`
    select settlement.*, account.version as account_version
    from settlement join ${pairs(asked)} on asked.target = settlement.target and asked.number = settlement.number
    join account on account.number = settlement.number`.execute(db)
  const found = new Map(
    rows.map(({ account_version: version, ...settlement }) => [
      `${settlement.target} ${settlement.number}`,
      { settlement, version },
    ]),
  )
  return asked.map(({ target, number }) => found.get(`${target} ${number}`) ?? null)
}

/** Where one student stands in one target. */
export async function settlementOf(db: Db, target: string, number: string): Promise<SettlementRow | null> {
  const [row = null] = await settlementsOf(db, [{ target, number }])
  return row
}

/** Writes down, before an entry is added, the name it will have: nobody had it a moment ago, so should we die between
 *  the add and its note, the entry found there is ours. Null gives the name up again. */
export async function claimNames(
  db: Db,
  claims: readonly (InTarget & { dn: string | null })[],
): Promise<void> {
  await sql`
    update settlement set dn = asked.dn, entry_uuid = null
    from ${pairs(
      claims,
      claims.map(({ dn }) => dn),
    )}
    where asked.target = settlement.target and asked.number = settlement.number`.execute(db)
}

/** Entries that will come to be in a target without our adding them, each with the entryUUID by which it is ours. One
 *  that stands there, or was foreseen before, keeps its own: the answer is by number what was known before. */
export async function foreseeEntries(
  db: Db,
  target: string,
  entries: readonly { number: string; dn: string; uuid: string }[],
  at: Date,
): Promise<ReadonlyMap<string, string>> {
  if (entries.length === 0) return new Map()
  const { rows } = await sql<{ number: string; dn: string | null; entry_uuid: string | null }>`
    select number, dn, entry_uuid from settlement
    where target = ${target} and number = any(${entries.map(({ number }) => number)}::text[])`.execute(db)
  const known = new Map(rows.map((row) => [row.number, row]))
  const fresh = entries.filter(({ number }) => (known.get(number)?.dn ?? null) === null)
  if (fresh.length > 0)
    await sql`
      insert into settlement (target, number, state, next_at, dn, entry_uuid)
      select ${target}, e.number, 'unsettled', ${at}::timestamptz, e.dn, e.uuid
      from unnest(${fresh.map(({ number }) => number)}::text[], ${fresh.map(({ dn }) => dn)}::text[],
        ${fresh.map(({ uuid }) => uuid)}::text[]) as e(number, dn, uuid)
      on conflict (target, number) do update set dn = excluded.dn, entry_uuid = excluded.entry_uuid
        where settlement.dn is null`.execute(db)
  return new Map(
    rows.flatMap(({ number, dn, entry_uuid: uuid }) =>
      dn !== null && uuid !== null ? [[number, uuid]] : [],
    ),
  )
}

export interface Settled {
  readonly target: string
  readonly number: string
  /** The account version that was written and read back. */
  readonly version: number
  /** Null when the target rightly has no entry. */
  readonly dn: string | null
  readonly entryUuid: string | null
  readonly digest: string | null
  /** Whether what was promised there is thereby kept. */
  readonly keeps: boolean
}

/** Students are settled in targets, unless their account has moved on meanwhile: then nothing is written for them, and
 *  the answer, in the order given, is false. */
export async function markSettled(tx: Tx, settled: readonly Settled[], at: Date): Promise<boolean[]> {
  const versions = await lockVersions(
    tx,
    settled.map(({ number }) => number),
  )
  const still = settled.map(({ number, version }) => versions.get(number) === version)
  const marks = settled.filter((_, index) => still[index])
  if (marks.length > 0) {
    await sql`
      update settlement set state = 'settled', version = asked.version, dn = asked.dn, entry_uuid = asked.uuid,
        written_digest = asked.digest, attempts = 0, settled_at = ${at}, code = null, detail = null
      from unnest(${marks.map(({ target }) => target)}::text[], ${marks.map(({ number }) => number)}::text[],
        ${marks.map(({ version }) => version)}::bigint[], ${marks.map(({ dn }) => dn)}::text[],
        ${marks.map(({ entryUuid }) => entryUuid)}::text[], ${marks.map(({ digest }) => digest)}::text[])
        as asked(target, number, version, dn, uuid, digest)
      where asked.target = settlement.target and asked.number = settlement.number`.execute(tx)
  }
  return still
}

/** Settling has failed: another try at `nextAt` (transient), or set aside until something changes (refused, held).
 *  Nothing is written where the account has moved on meanwhile: what has changed since is due at once. */
export async function markUnsuccessful(
  tx: Tx,
  outcome: {
    target: string
    number: string
    /** The account version that could not be written. */
    version: number
    state: 'unsettled' | 'refused' | 'held'
    code: string
    detail: string
    nextAt: Date
  },
): Promise<void> {
  if (!(await isStill(tx, outcome.number, outcome.version))) return
  await tx
    .updateTable('settlement')
    .set({
      state: outcome.state,
      code: outcome.code,
      detail: outcome.detail,
      next_at: outcome.nextAt,
      attempts: sql<number>`attempts + 1`,
    })
    .where('target', '=', outcome.target)
    .where('number', '=', outcome.number)
    .execute()
}

/** Whether the account has this version, and keeps it until the transaction ends. */
async function isStill(tx: Tx, number: string, version: number): Promise<boolean> {
  return (await lockVersions(tx, [number])).get(number) === version
}

/** Pairs of target and number as rows `asked(target, number, dn)`. */
function pairs(asked: readonly InTarget[], dns: readonly (string | null)[] = asked.map(() => null)) {
  return sql`unnest(${asked.map(({ target }) => target)}::text[], ${asked.map(({ number }) => number)}::text[],
    ${[...dns]}::text[]) as asked(target, number, dn)`
}
