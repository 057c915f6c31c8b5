import { inject } from 'vitest'
import type { Clock } from '../../platform/clock.ts'
import { openRegistry, type Registry } from '../../registry/open.ts'
import { freshDatabase, serverAt } from './servers/database.ts'
import { openSharedPGlite } from './pglite.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** On what the registry of a test is kept: the same tests run on both (vitest.config.ts). */
    registry: 'embedded' | 'postgres'
  }
}

/** A registry with nobody in it, on whatever this run of the tests is about; or an embedded one of its own. */
export async function openTestRegistry(clock: Clock, own = false): Promise<Registry> {
  // Outside a run of tests nobody would close the one that their files share.
  if (own) return openRegistry({ folder: null, clock })
  if (inject('registry') === 'embedded') return openSharedPGlite(clock)
  const database = await freshDatabase()
  const registry = await openRegistry({ server: serverAt(database.url), clock })
  return {
    ...registry,
    async close() {
      await registry.close()
      await database[Symbol.asyncDispose]()
    },
  }
}

/** The same registry as two processes have it; embedded, where there is one process, twice the same. */
export async function openRivals(clock: Clock): Promise<readonly [Registry, Registry]> {
  if (inject('registry') === 'embedded') {
    const registry = await openTestRegistry(clock)
    return [registry, registry]
  }
  const database = await freshDatabase()
  const server = serverAt(database.url)
  const one = await openRegistry({ server, clock })
  const other = await openRegistry({ server, clock })
  const close = async () => {
    await Promise.all([one.close(), other.close()])
    await database[Symbol.asyncDispose]()
  }
  return [{ ...one, close }, other]
}
