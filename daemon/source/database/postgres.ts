import pg from 'pg'
import {
  failed,
  type Batch,
  type DatabaseOptions,
  type Failure,
  type SourceDatabase,
  type Visit,
} from './database.ts'
import { bound } from './text.ts'

/** How much longer we wait for a server that does not even say that it gave a statement up. */
const silenceMs = 5_000

/** A PostgreSQL server as the source's database: a connection for each visit, nothing kept between them. */
export function postgresDatabase(options: DatabaseOptions): SourceDatabase {
  const { hostname, port, pathname } = new URL(options.url)
  const where = `postgres ${hostname}:${port || '5432'}${pathname}`
  return {
    describe: () => where,
    async visit(tables, act, signal) {
      signal?.throwIfAborted()
      const client = new pg.Client(configOf(options))
      // Without a listener a connection that breaks would end the process; the query under way says it as well.
      client.on('error', () => undefined)
      let left: Promise<void> | null = null
      // Once: an end that is asked for while the connection is ending already is never told.
      const leave = () => (left ??= client.end().catch(() => undefined))
      const hangUp = () => void leave()
      signal?.addEventListener('abort', hangUp)
      try {
        const ask = asking(client, where)
        await client.connect().catch((error: unknown) => Promise.reject(translated(error, where)))
        // Whatever zone the server is in: columns with a zone are told in the one that Apogée keeps.
        await ask(`set timezone = 'Europe/Paris'`)
        // A query that nobody waits for any more ends; servers before version 14 do not know how.
        await ask('set client_connection_check_interval = 500').catch(() => undefined)
        if (options.schema !== null) await ask(`set search_path = ${client.escapeIdentifier(options.schema)}`)
        const columns = new Map<string, ReadonlySet<string>>()
        for (const table of tables) {
          const found = await columnsOf(ask, table)
          if (found !== null) columns.set(table, found)
        }
        await ask('begin transaction isolation level repeatable read read only')
        // Everything will be read: the plan that has the first rows soonest is the wrong one.
        await ask('set local cursor_tuple_fraction = 1')
        return await act({ query: (text, values) => rowsOf(ask, text, values, options.batch) }, columns)
      } catch (error) {
        signal?.throwIfAborted()
        throw error
      } finally {
        signal?.removeEventListener('abort', hangUp)
        // The transaction ends with the connection; it has written nothing.
        await leave()
      }
    },
  }
}

function configOf({ url, connectMs, statementMs }: DatabaseOptions): pg.ClientConfig {
  return {
    connectionString: url,
    application_name: 'matricule source',
    keepAlive: true,
    connectionTimeoutMillis: connectMs,
    statement_timeout: statementMs,
    idle_in_transaction_session_timeout: statementMs,
    query_timeout: statementMs + silenceMs,
  }
}

type Ask = (text: string, values?: readonly string[]) => Promise<pg.QueryArrayResult<unknown[]>>

function asking(client: pg.Client, where: string): Ask {
  return async (text, values = []) => {
    try {
      return await client.query<unknown[]>({ text, values: [...values], rowMode: 'array' })
    } catch (error) {
      throw translated(error, where)
    }
  }
}

/** The names of the columns of a table; null when it is not there or not ours to read. */
async function columnsOf(ask: Ask, table: string): Promise<ReadonlySet<string> | null> {
  try {
    return new Set(namesOf(await ask(`select * from ${table} where 1 = 0`)))
  } catch (error) {
    if (isFailure(error, 'FEED_MISSING')) return null
    throw error
  }
}

async function* rowsOf(
  ask: Ask,
  text: string,
  values: Readonly<Record<string, string>>,
  batch: number,
): ReturnType<Visit['query']> {
  const given: string[] = []
  // Each mention is a parameter of its own: one that stands for two kinds of column would be refused.
  const numbered = bound(text, (name) => `$${given.push(values[name] ?? '')}`)
  await ask(`declare matricule no scroll cursor for ${numbered}`, given)
  for (;;) {
    const result = await ask(`fetch forward ${batch} from matricule`)
    const read: Batch = { columns: namesOf(result), rows: result.rows }
    yield read
    if (result.rows.length < batch) break
  }
  await ask('close matricule')
}

function namesOf({ fields }: pg.QueryArrayResult<unknown[]>): string[] {
  return fields.map(({ name }) => name.toUpperCase())
}

function isFailure(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

function translated(error: unknown, where: string): Error {
  // What the server did not say came from the way to it.
  const sqlState = error instanceof pg.DatabaseError ? (error.code ?? '') : ''
  const code = sqlState || (error instanceof Error && 'code' in error ? String(error.code) : 'no answer')
  return failed(failureOf(sqlState), where, code, error)
}

/** By SQLSTATE (PostgreSQL, appendix A). */
function failureOf(sqlState: string): Failure {
  if (['42P01', '42501', '3F000'].includes(sqlState)) return 'table'
  if (sqlState.startsWith('28') || sqlState === '3D000') return 'denied'
  if (sqlState.startsWith('42')) return 'column'
  if (sqlState.startsWith('22')) return 'value'
  return 'unreachable'
}
