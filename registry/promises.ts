import { sql } from 'kysely'
import { dueOf, type PromiseKind } from '../domain/promise.ts'
import type { Db, Tx } from './tables.ts'

/** Starts a letter's promise for each (number, letter). */
export async function promiseLetters(
  tx: Tx,
  letters: readonly { number: string; letter: string; started: Date }[],
): Promise<void> {
  if (letters.length === 0) return
  // A letter that is due again, to another address, is promised anew: one clock runs for it, not two.
  await tx
    .updateTable('promise')
    .set({ released: sql<Date>`started` })
    .where(
      'letter',
      'in',
      letters.map(({ letter }) => letter),
    )
    .where('kept', 'is', null)
    .where('released', 'is', null)
    .execute()
  await tx
    .insertInto('promise')
    .values(letters.map((each) => ({ kind: 'letter', ...each, due: dueOf('letter', each.started) })))
    .execute()
}

/** What was owed and is now kept, for metrics. */
export interface Kept {
  readonly kind: PromiseKind
  readonly number: string
  readonly target: string | null
  /** The target by which it was kept: of several, the last. */
  readonly by: string
  readonly started: Date
  readonly kept: Date
}

/** Targets have students' accounts as they must be: the open promises there are kept, and so is a parent whose last
 *  target this was. The account coming into being in a target starts « password » there, and the verifier was
 *  written with it: kept at once (rules: promises). The caller has locked the accounts: of two targets that are settled
 *  at the same moment, the second sees what the first has kept. */
export async function keepOnTargets(
  tx: Tx,
  settled: readonly { readonly number: string; readonly target: string }[],
  at: Date,
): Promise<Kept[]> {
  if (settled.length === 0) return []
  const numbers = [...new Set(settled.map(({ number }) => number))]
  await sweepPromises(tx, at, { numbers })
  const { rows: children } = await sql<ChildKept>`
    update promise set kept = ${at}
    from unnest(${settled.map(({ number }) => number)}::text[], ${settled.map(({ target }) => target)}::text[])
      as asked(number, target)
    where promise.number = asked.number and promise.target = asked.target and kept is null and released is null
    returning promise.id, parent, kind, promise.number, promise.target, started, broken`.execute(tx)
  if (children.length === 0) return []
  const byParent = new Map(children.map(({ parent, target }) => [parent, target]))
  const { rows: parents } = await sql<ParentKept>`
    update promise set kept = ${at}
    where id = any(${[...new Set(children.map(({ parent }) => parent ?? 0))]}::bigint[])
      and kept is null and released is null
      and not exists (select from promise child where child.parent = promise.id and child.kept is null)
    returning id, kind, number, target, started, broken`.execute(tx)
  const passwordless = await passwordlessTargets(tx)
  const born = children.filter(({ kind, target }) => kind === 'account' && !passwordless.includes(target))
  const { rows: passwords } =
    born.length === 0
      ? { rows: [] }
      : await sql<ParentKept>`
          insert into promise (kind, number, target, started, due, kept)
          select 'password', born.number, born.target, ${at}, ${dueOf('password', at)}, ${at}
          from unnest(${born.map(({ number }) => number)}::text[], ${born.map(({ target }) => target)}::text[])
            as born(number, target)
          returning id, kind, number, target, started, broken`.execute(tx)
  const all = [...children, ...parents, ...passwords]
  await tallyPromises(
    tx,
    all.filter(({ broken }) => !broken).map(({ kind, target }) => ({ kind, target, result: 'kept' })),
  )
  return all.map(({ id, kind, number, target, started }) => ({
    kind,
    number,
    target,
    by: target ?? byParent.get(id) ?? '',
    started,
    kept: at,
  }))
}

async function passwordlessTargets(tx: Tx): Promise<string[]> {
  const rows = await tx.selectFrom('target').select('name').where('bears_password', '=', false).execute()
  return rows.map(({ name }) => name)
}

interface ParentKept {
  readonly id: number
  readonly kind: PromiseKind
  readonly number: string
  readonly target: string | null
  readonly started: Date
  readonly broken: boolean
}

interface ChildKept extends ParentKept {
  readonly parent: number | null
  readonly target: string
}

/** The promise of a letter is kept when the mail server has accepted it. */
export async function keepLetter(tx: Tx, letter: string, at: Date): Promise<void> {
  await sweepPromises(tx, at, { letter })
  const kept = await tx
    .updateTable('promise')
    .set({ kept: at })
    .where('letter', '=', letter)
    .where('kept', 'is', null)
    .where('released', 'is', null)
    .returning(['kind', 'target', 'broken'])
    .execute()
  await tallyPromises(
    tx,
    kept.filter(({ broken }) => !broken).map(({ kind, target }) => ({ kind, target, result: 'kept' })),
  )
}

/** What is no longer owed to a student: an account suspended or locked, a letter withdrawn. */
export async function releasePromises(
  tx: Tx,
  numbers: readonly string[],
  kind: PromiseKind | null,
  at: Date,
): Promise<void> {
  if (numbers.length === 0) return
  await tx
    .updateTable('promise')
    .set({ released: at })
    .where('number', 'in', numbers)
    .where('kept', 'is', null)
    .where('released', 'is', null)
    .$if(kind !== null, (query) => query.where('kind', '=', kind ?? 'letter'))
    .execute()
}

/** Counts as broken every open promise whose due has passed, or those of some students or one letter; each is counted once.
 *  What keeps a promise sweeps it first: after a halt, what comes late must not pass for kept. Returns how many. */
export async function sweepPromises(
  tx: Tx,
  at: Date,
  of: { readonly numbers?: readonly string[]; readonly letter?: string } = {},
): Promise<number> {
  const { numbers, letter } = of
  const broken = await tx
    .updateTable('promise')
    .set({ broken: true })
    .where('due', '<', at)
    .where('kept', 'is', null)
    .where('released', 'is', null)
    .where('broken', '=', false)
    .$if(numbers !== undefined, (query) =>
      query.where(sql<boolean>`number = any(${[...(numbers ?? [])]}::text[])`),
    )
    .$if(letter !== undefined, (query) => query.where('letter', '=', letter ?? ''))
    .returning(['kind', 'target'])
    .execute()
  await tallyPromises(
    tx,
    broken.map(({ kind, target }) => ({ kind, target, result: 'broken' })),
  )
  return broken.length
}

/** Adds to the counts that outlive the rows. */
async function tallyPromises(
  tx: Tx,
  results: readonly { kind: PromiseKind; target: string | null; result: 'kept' | 'broken' }[],
): Promise<void> {
  if (results.length === 0) return
  const counts = new Map<string, { kind: string; target: string; result: string; count: number }>()
  for (const { kind, target, result } of results) {
    const row = { kind, target: target ?? '', result, count: 0 }
    const key = `${kind} ${row.target} ${result}`
    const known = counts.get(key) ?? row
    counts.set(key, { ...known, count: known.count + 1 })
  }
  await tx
    .insertInto('tally')
    // In one order for everybody, since each waits for the others' counts until they commit.
    .values([...counts.entries()].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row))
    .onConflict((conflict) =>
      conflict
        .columns(['kind', 'target', 'result'])
        .doUpdateSet({ count: sql<number>`tally.count + excluded.count` }),
    )
    .execute()
}

/** Counts of promises ever kept and broken, by kind and target. */
export async function promiseTally(
  db: Db,
): Promise<{ kind: string; target: string; result: string; count: number }[]> {
  return db.selectFrom('tally').select(['kind', 'target', 'result', 'count']).execute()
}

/** The start of the oldest open promise by kind and target. */
export async function oldestPending(
  db: Db,
): Promise<{ kind: string; target: string | null; started: Date }[]> {
  const rows = await db
    .selectFrom('promise')
    .select(({ fn }) => ['kind', 'target', fn.min('started').as('started')])
    .where('kept', 'is', null)
    .where('released', 'is', null)
    .groupBy(['kind', 'target'])
    .execute()
  return rows
}
