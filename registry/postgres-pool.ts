import pg from 'pg'
import type { Clock } from '../platform/clock.ts'
import { asIdentityError, IdentityError } from '../platform/error.ts'
import { clientOf, type Database, type Given } from './database.ts'
import { createPrepared } from './prepared.ts'
import { randomPageCost } from './random-page-cost.ts'
import { isOutdated, translated } from './unavailable.ts'

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string
  /** Connections at most. */
  readonly connections: number
  /** How long a caller waits for one of them, in milliseconds. */
  readonly connectMs: number
  /** How long a statement, or a transaction that stands still, may last, in milliseconds. */
  readonly statementMs: number
  /** Whether the server keeps what is asked often prepared, on each connection (true). */
  readonly prepared?: boolean
}

/** How much longer we wait for a server that does not even say that it gave a statement up. */
const silenceMs = 5_000
const listenAgainMs = 1_000

/** Opens a PostgreSQL server as a pool; `notified` gets each NOTIFY on `channel`, by a connection of its own that is
 *  opened again for as long as the pool lives. Rejects with IdentityError: SETTINGS_INVALID when the server refuses us
 *  (password, database), UNAVAILABLE when it cannot be reached. */
export async function openPostgres(
  { url, connections, connectMs, statementMs, prepared: prepares = true }: PostgresOptions,
  channel: string,
  notified: (payload: string) => void,
  clock: Clock,
): Promise<Database> {
  const config: pg.ClientConfig = {
    connectionString: url,
    application_name: 'matricule',
    keepAlive: true,
    connectionTimeoutMillis: connectMs,
    statement_timeout: statementMs,
    idle_in_transaction_session_timeout: statementMs,
    query_timeout: statementMs + silenceMs,
    options: `-c random_page_cost=${randomPageCost}`,
    types: typesOfOurs(),
  }
  const prepared = prepares ? createPrepared() : null
  const pool = new pg.Pool({ ...config, max: connections })
  // An idle connection that the server ends is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => undefined)

  const database: Database = {
    options: {},
    broken: new Promise(() => undefined),
    async connect() {
      const client = await pool.connect().catch((error: unknown) => Promise.reject(failure(error)))
      // While it is ours its errors come with the statement; without a listener they would end the process as well.
      const overheard = () => undefined
      client.on('error', overheard)
      let lost: Error | undefined
      return clientOf(
        async (sql, params) => {
          try {
            // Several statements give as many results, and nobody reads them.
            if (params === null) {
              await client.query(sql)
              return { rows: [], count: 0 }
            }
            return await ask(client, sql, params, prepared?.nameOf(sql, params))
          } catch (error) {
            // What the server did not say came from the way to it, where a late answer may still be travelling.
            if (!(error instanceof pg.DatabaseError)) lost = error as Error
            else if (isOutdated(error) && params !== null) {
              // Prepared before a newer version of us changed a table: this connection would refuse it for ever. Outside
              // of a transaction it can still be asked as it is; a transaction begins anew on another.
              lost = error
              const asked = await ask(client, sql, params).catch(() => null)
              if (asked !== null) return asked
            }
            throw failure(error)
          }
        },
        () => {
          client.off('error', overheard)
          client.release(lost)
        },
      )
    },
    end: () => (ended ??= end()),
  }

  const stopping = new AbortController()
  let ended: Promise<void> | null = null
  let listening: Promise<void> = Promise.resolve()
  await admit(database)
  listening = listen()
  return database

  async function end(): Promise<void> {
    stopping.abort()
    await Promise.all([listening, pool.end()])
  }

  async function listen(): Promise<void> {
    while (!stopping.signal.aborted) {
      await listenOnce().catch(() => undefined)
      await clock.sleep(listenAgainMs, stopping.signal)
    }
  }

  async function listenOnce(): Promise<void> {
    const client = new pg.Client(config)
    const { promise: gone, resolve: isGone } = Promise.withResolvers<undefined>()
    client.on('error', () => isGone(undefined))
    client.on('end', () => isGone(undefined))
    client.on('notification', ({ payload }) => notified(payload ?? ''))
    const leave = () => isGone(undefined)
    stopping.signal.addEventListener('abort', leave)
    try {
      await client.connect()
      await client.query(`listen ${channel}`)
      await gone
    } finally {
      stopping.signal.removeEventListener('abort', leave)
      await client.end().catch(() => undefined)
    }
  }
}

async function ask(
  client: pg.PoolClient,
  sql: string,
  params: readonly unknown[],
  name?: string,
): Promise<Given> {
  const { rows, rowCount } = await client.query<Record<string, unknown>>({
    ...(name === undefined ? {} : { name }),
    text: sql,
    values: [...params],
  })
  return { rows, count: rowCount ?? 0 }
}

/** Opens one connection: what the server refuses now it will refuse for ever. */
async function admit(database: Database): Promise<void> {
  try {
    const client = await database.connect()
    client.release()
  } catch (cause) {
    await database.end()
    const error = asIdentityError(cause)
    if (error.code === 'UNAVAILABLE') throw error
    throw new IdentityError('SETTINGS_INVALID', `registry.url: the server refuses us: ${error.message}`, {
      cause,
    })
  }
}

/** bigint as a number, as PGlite gives it: ours are counts and identifiers, far below 2^53. */
function typesOfOurs(): pg.CustomTypesConfig {
  const types = new pg.TypeOverrides()
  types.setTypeParser(pg.types.builtins.INT8, Number)
  return types
}

/** What the server said, by its SQLSTATE; anything else is the way to it. */
function failure(error: unknown): Error {
  if (error instanceof pg.DatabaseError) return translated(error as Error & { code?: string })
  return translated(Object.assign(error as Error, { code: '08006' }))
}
