import { IdentityError } from '../../../platform/error.ts'

/** Rows as a database gives them, a batch at a time; the names of the columns in capitals. */
export interface Batch {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly unknown[])[]
}

/** One visit: everything that is queried is of one moment, and nothing can be written. */
export interface Visit {
  /** Runs a query whose values stand in it as `:name`. The rows come as they are asked for. */
  readonly query: (text: string, values: Readonly<Record<string, string>>) => AsyncIterable<Batch>
}

/** A database that is only ever read. What fails is told as an IdentityError `FEED_…`. */
export interface SourceDatabase {
  /** Server and database, for people; never a credential. */
  describe(): string
  /** Connects, looks at the columns of `tables` (those alone that are there and ours to read), then calls `act` within
   *  one read-only transaction. An aborted visit throws the reason of the signal. */
  visit<Result>(
    tables: readonly string[],
    act: (visit: Visit, columns: ReadonlyMap<string, ReadonlySet<string>>) => Promise<Result>,
    signal?: AbortSignal,
  ): Promise<Result>
}

/** What a site says of its database. */
export interface DatabaseOptions {
  /** `postgres://…` or `oracle://…`, with credentials. */
  readonly url: string
  /** Schema in which the tables are; null: where the account looks by itself. */
  readonly schema: string | null
  readonly connectMs: number
  readonly statementMs: number
  /** Rows of one batch. */
  readonly batch: number
}

/** How a database failed, whatever its words for it. */
export type Failure = 'unreachable' | 'denied' | 'table' | 'column' | 'value'

/** The same in ours. `code` is the database's own, which is a fact; its sentence is not told, since it may quote a
 *  value or a user. */
export function failed(failure: Failure, where: string, code: string, cause: unknown): IdentityError {
  const facts = { cause, details: { code } }
  switch (failure) {
    case 'unreachable':
      return new IdentityError('FEED_UNREACHABLE', `${where} does not answer, or not in time (${code})`, {
        ...facts,
        transient: true,
      })
    case 'denied':
      return new IdentityError('FEED_DENIED', `${where} refuses our account (${code})`, facts)
    case 'table':
      return new IdentityError(
        'FEED_MISSING',
        `${where}: a table is not there, or not ours to read (${code})`,
        facts,
      )
    case 'column':
      return new IdentityError(
        'FEED_HEADER',
        `${where}: a column is missing or of another kind (${code})`,
        facts,
      )
    case 'value':
      return new IdentityError(
        'FEED_MISMATCH',
        `${where}: a value cannot be read as what it should be (${code})`,
        facts,
      )
  }
}
