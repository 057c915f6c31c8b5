import type { PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely'
import { IdentityError } from '../platform/error.ts'

/** A database that speaks PostgreSQL, open: the embedded one (pglite-pool.ts) or a server (postgres-pool.ts). Errors
 *  are those of unavailable.ts. */
export interface Database extends PostgresPool {
  connect(): Promise<DatabaseClient>
  /** Resolves if the database ends by itself and will not come back; a server always may. */
  readonly broken: Promise<Error>
}

export interface DatabaseClient extends PostgresPoolClient {
  /** Runs SQL of several statements, without parameters, in one transaction. */
  script(sql: string): Promise<void>
}

/** What a statement gave. */
export interface Given {
  readonly rows: Record<string, unknown>[]
  readonly count: number
}

/** A connection as Kysely wants it; `send` with null for parameters runs several statements at once. */
export function clientOf(
  send: (sql: string, params: readonly unknown[] | null) => Promise<Given>,
  release: () => void,
): DatabaseClient {
  let failedSinceBegin = false
  async function query<R>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>> {
    const word = /^\s*(\w+)/.exec(sql)?.[1]?.toUpperCase() ?? ''
    if (word === 'START' || word === 'BEGIN') failedSinceBegin = false
    // The commit of a failed transaction would be a rollback that nobody hears of.
    if (word === 'COMMIT' && failedSinceBegin) {
      throw new IdentityError('REGISTRY_FAILED', 'a transaction in which a statement failed is not committed')
    }
    try {
      const { rows, count } = await send(sql, parameters)
      return { command: word as 'SELECT', rowCount: count, rows: rows as R[] }
    } catch (error) {
      failedSinceBegin = true
      throw error
    }
  }
  return {
    query: query as PostgresPoolClient['query'],
    release,
    async script(sql) {
      try {
        await send(`begin; ${sql}; commit`, null)
      } catch (error) {
        await send('rollback', null)
        throw error
      }
    },
  }
}
