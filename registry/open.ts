import { Kysely, PostgresDialect, sql } from 'kysely'
import type { Clock } from '../platform/clock.ts'
import { asIdentityError, IdentityError } from '../platform/error.ts'
import { channel } from './channel.ts'
import type { Database } from './database.ts'
import { migrate } from './migrate.ts'
import { openPGlite } from './pglite-pool.ts'
import { openPostgres, type PostgresOptions } from './postgres-pool.ts'
import type { Db, Tables, Tx } from './tables.ts'
import { isRivalry } from './unavailable.ts'

/** Tries of a transaction that others keep undoing. */
const mostTries = 5

/** What we remember, open. */
export interface Registry {
  readonly db: Db
  readonly clock: Clock
  /** Runs `act` in one transaction; any error undoes all of it. Inside, use the transaction and nothing else. One that
   *  was undone by a rival is run again from its beginning. */
  transaction<T>(act: (tx: Tx) => Promise<T>): Promise<T>
  /** Tells whoever provisions that a student has changed. Only a hint: a lost one is found by polling. */
  nudge(number: string): Promise<void>
  /** Calls `act` with the number of each nudge, until disposed. */
  onNudge(act: (number: string) => void): Disposable
  /** Resolves if the registry ends by itself. */
  readonly broken: Promise<Error>
  close(): Promise<void>
}

/** Where the registry is: embedded in a folder whose lock the caller holds (in memory when null), or on a server. */
export type RegistryPlace = { readonly folder: string | null } | { readonly server: PostgresOptions }

export type RegistryOptions = RegistryPlace & { readonly clock: Clock }

/** Opens the registry and brings its schema up to date. Rejects with IdentityError REGISTRY_FAILED, SETTINGS_INVALID
 *  or UNAVAILABLE (postgres-pool.ts). */
export async function openRegistry(options: RegistryOptions): Promise<Registry> {
  const { clock } = options
  const nudges = new Nudges()
  return registryOn(
    'server' in options
      ? await openPostgres(options.server, channel, nudges.tell, clock)
      : await openPGlite(options.folder, channel, nudges.tell, clock),
    nudges,
    clock,
  )
}

/** Whoever listens for nudges. */
export class Nudges {
  readonly #listeners = new Set<(number: string) => void>()

  readonly tell = (number: string): void => this.#listeners.forEach((act) => act(number))

  listen(act: (number: string) => void): Disposable {
    this.#listeners.add(act)
    return { [Symbol.dispose]: () => void this.#listeners.delete(act) }
  }
}

/** The registry on a database that is open already, and closed with it. */
export async function registryOn(database: Database, nudges: Nudges, clock: Clock): Promise<Registry> {
  await upToDate(database)
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: database }) })
  return {
    db,
    clock,
    async transaction(act) {
      for (let tries = 1; ; tries++) {
        try {
          return await db.transaction().execute(act)
        } catch (error) {
          if (tries === mostTries || !isRivalry(error)) throw error
        }
      }
    },
    nudge: gathered(async (numbers) => {
      await sql`select pg_notify(${channel}, number) from unnest(${numbers}::text[]) as n (number)`.execute(
        db,
      )
    }),
    onNudge: (act) => nudges.listen(act),
    broken: database.broken,
    async close() {
      await db.destroy()
      await database.end()
    },
  }
}

/** Tells each at once, and together all that come while others are being told: each NOTIFY is a commit. */
function gathered(tell: (numbers: string[]) => Promise<void>): (number: string) => Promise<void> {
  let waiting: { readonly numbers: Set<string>; readonly told: Promise<void> } | null = null
  let telling: Promise<unknown> = Promise.resolve()
  return (number) => {
    if (waiting === null) {
      const numbers = new Set<string>()
      const told = telling.then(() => {
        waiting = null
        return tell([...numbers])
      })
      telling = told.catch(() => undefined)
      waiting = { numbers, told }
    }
    waiting.numbers.add(number)
    return waiting.told
  }
}

async function upToDate(database: Database): Promise<void> {
  try {
    await migrate(database)
  } catch (cause) {
    await database.end()
    if (asIdentityError(cause).code === 'UNAVAILABLE') throw cause
    throw new IdentityError(
      'REGISTRY_FAILED',
      `the registry could not be brought up to date: ${String(cause)}`,
      { cause },
    )
  }
}
