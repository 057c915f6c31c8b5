import { sql, type RawBuilder } from 'kysely'
import { dueOf } from '../domain/promise.ts'
import type { NewLetter } from './letters.ts'
import { verifiersKept, type KeptVerifier } from './verifiers.ts'

/** A password that a student has chosen, whatever allowed it: what is to be written when the claim succeeds. */
export interface Choice {
  readonly verifiers: readonly KeptVerifier[]
  /** The page « où en est mon compte » of this act. */
  readonly progress: { readonly id: string; readonly expiresAt: Date }
  /** One without `once`, written as it is. */
  readonly letter: Pick<NewLetter, 'id' | 'kind' | 'address' | 'dueAt' | 'facts'> | null
  readonly at: Date
}

/** A column of what is asked, a value for each claim. */
export interface Column {
  readonly name: string
  readonly type: 'text' | 'integer' | 'boolean'
  readonly values: readonly unknown[]
}

/** The first parts of a statement that claims for several at once: `asked`, a row for each claim, with what was chosen
 *  and the columns `more`. */
export function askedFor(
  choices: readonly Choice[],
  kind: 'account' | 'password',
  more: readonly Column[],
): RawBuilder<unknown> {
  const each = <T>(of: (choice: Choice) => T) => choices.map(of)
  const instants = (of: (choice: Choice) => Date | undefined) =>
    each((choice) => of(choice)?.toISOString() ?? null)
  const columns: readonly (Omit<Column, 'type'> & { readonly type: string })[] = [
    ...more,
    { name: 'at', type: 'timestamptz', values: instants(({ at }) => at) },
    { name: 'due', type: 'timestamptz', values: instants(({ at }) => dueOf(kind, at)) },
    { name: 'verifiers', type: 'text', values: each(({ verifiers }) => JSON.stringify(verifiers)) },
    { name: 'progress', type: 'text', values: each(({ progress }) => progress.id) },
    { name: 'expiry', type: 'timestamptz', values: instants(({ progress }) => progress.expiresAt) },
    { name: 'letter', type: 'uuid', values: each(({ letter }) => letter?.id ?? null) },
    { name: 'kind', type: 'text', values: each(({ letter }) => letter?.kind ?? null) },
    { name: 'letter_address', type: 'text', values: each(({ letter }) => letter?.address ?? null) },
    { name: 'letter_due', type: 'timestamptz', values: instants(({ letter }) => letter?.dueAt) },
    { name: 'facts', type: 'text', values: each(({ letter }) => JSON.stringify(letter?.facts ?? {})) },
  ]
  const names = sql.join(columns.map(({ name }) => sql.id(name)))
  // Out of the planner's sight: the plan is the same for one and for many, and so the server keeps it.
  return sql`
    given as materialized (
      select ${sql.join(columns.map(({ name, type, values }) => sql`${values}::${sql.raw(type)}[] as ${sql.id(name)}`))}),
    asked as materialized (select u.* from given, unnest(${names}) as u (${names}))`
}

/** The last parts: all that follows for whoever is in `done`, which has the columns of `asked` and `number`. Of what is
 *  promised (« account within 48 h », « password within 1 h ») there is a parent, and a child per target; one still open
 *  from an earlier choice stays open: both are kept when the newest password is there.
 *  @param promisedIn a condition on `target t`: where it is promised */
export function follows(kind: 'account' | 'password', promisedIn: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    ${verifiersKept(sql`done`)},
    shown as (
      insert into progress (id, number, started_at, expires_at) select progress, number, at, expiry from done),
    unsettled as (
      insert into settlement (target, number, state, next_at)
      select t.name, d.number, 'unsettled', d.at from done d, target t
      on conflict (target, number) do update
        set state = 'unsettled', next_at = excluded.next_at, attempts = 0, code = null, detail = null),
    promised as (
      insert into promise (kind, number, started, due)
      select ${sql.lit(kind)}, number, at, due from done returning id, kind, number, started, due),
    children as (
      insert into promise (parent, kind, number, target, started, due)
      select p.id, p.kind, p.number, t.name, p.started, p.due from promised p, target t
      where ${promisedIn} order by p.id, t.position),
    posted as (
      insert into letter (id, kind, number, address, state, due_at, next_at, facts, created_at)
      select letter, kind, number, letter_address, 'due', letter_due, letter_due, facts::jsonb, at
      from done where letter is not null)`
}
