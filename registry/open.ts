import { Kysely, PostgresDialect, sql } from 'kysely'
import type { Clock } from '../platform/clock.ts'
import { IdentityError } from '../platform/error.ts'
import { migrate } from './migrate.ts'
import { openPGlite } from './pglite-pool.ts'
import type { Db, Tables, Tx } from './tables.ts'

const channel = 'matricule'

/** What we remember, open. */
export interface Registry {
  readonly db: Db
  readonly clock: Clock
  /** Runs `act` in one transaction; any error undoes all of it. Inside, use the transaction and nothing else. */
  transaction<T>(act: (tx: Tx) => Promise<T>): Promise<T>
  /** Tells whoever provisions that a student has changed. Only a hint: a lost one is found by polling. */
  nudge(number: string): Promise<void>
  /** Calls `act` with the number of each nudge, until disposed. */
  onNudge(act: (number: string) => void): Disposable
  /** Resolves if the registry ends by itself. */
  readonly broken: Promise<Error>
  close(): Promise<void>
}

export interface RegistryOptions {
  /** Where the embedded registry lives; null: in memory. */
  readonly folder: string | null
  readonly clock: Clock
}

/** Opens the registry and brings its schema up to date. The caller holds the lock of the home. */
export async function openRegistry({ folder, clock }: RegistryOptions): Promise<Registry> {
  const listeners = new Set<(number: string) => void>()
  const pool = await openPGlite(folder, channel, (number) => listeners.forEach((act) => act(number)), clock)
  try {
    await migrate(pool)
  } catch (cause) {
    await pool.end()
    throw new IdentityError(
      'REGISTRY_FAILED',
      `the registry could not be brought up to date: ${String(cause)}`,
      { cause },
    )
  }
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  return {
    db,
    clock,
    transaction: (act) => db.transaction().execute(act),
    async nudge(number) {
      await sql`select pg_notify(${channel}, ${number})`.execute(db)
    },
    onNudge(act) {
      listeners.add(act)
      return { [Symbol.dispose]: () => void listeners.delete(act) }
    },
    broken: pool.broken,
    async close() {
      await db.destroy()
      await pool.end()
    },
  }
}
