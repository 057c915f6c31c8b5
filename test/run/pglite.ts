import { systemClock, type Clock } from '../../platform/clock.ts'
import { channel } from '../../registry/channel.ts'
import type { Database } from '../../registry/database.ts'
import { Nudges, openRegistry, registryOn, type Registry } from '../../registry/open.ts'
import { openPGlite } from '../../registry/pglite-pool.ts'

/** One PGlite for all test files of a worker, which share their modules: it takes seconds to begin. */
let shared: Promise<Database> | null = null
const nudges = new Nudges()
let schemas = 0
let inUse = false

/** A registry in a schema of its own; a second one at the same time gets a PGlite of its own. */
export async function openSharedPGlite(clock: Clock): Promise<Registry> {
  if (inUse) return openRegistry({ folder: null, clock })
  inUse = true
  const database = await (shared ??= openPGlite(null, channel, nudges.tell, systemClock))
  const schema = `test_${++schemas}`
  await run(database, `create schema ${schema}; set search_path to ${schema}`)
  const end = async (): Promise<void> => {
    if (!inUse) return
    await run(database, `drop schema ${schema} cascade`)
    inUse = false
  }
  return registryOn({ ...database, end }, nudges, clock)
}

async function run(database: Database, script: string): Promise<void> {
  const client = await database.connect()
  await client.script(script)
  client.release()
}
