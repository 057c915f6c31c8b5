import { createDropSource } from '../daemon/source/drop.ts'
import { paced } from '../daemon/source/paced.ts'
import type { Source } from '../daemon/source/source.ts'
import type { ActivationKeySource } from '../daemon/key/source.ts'
import type { DatabaseOptions, SourceDatabase } from '../daemon/source/database/database.ts'
import type { Clock } from '../platform/clock.ts'
import { IdentityError } from '../platform/error.ts'
import type { Settings } from '../platform/settings.ts'
import { lastTaken } from '../registry/facts.ts'
import type { Registry } from '../registry/open.ts'

/** Rows that a database is asked for at a time. */
const batch = 1_000

/** Where enrolments come from, as the settings have it. The driver of a database is loaded where there is one. */
export async function openSource(settings: Settings, registry: Registry): Promise<Source> {
  const { config } = settings
  const { source, feed, year } = config
  const { clock } = registry
  const database = await sourceDatabase(settings)
  if (database !== null) {
    const { createApogeeSource } = await import('../daemon/source/database/apogee.ts')
    const apogee = createApogeeSource({
      database,
      clock,
      last: () => lastTaken(registry.db),
      fullAt: source.full_at,
      overlapMs: source.overlap_minutes * 60_000,
      maxSetAsideShare: feed.max_set_aside_share,
      openYears: year.open,
      demandsYearBefore: !year.first,
    })
    return paced(apogee, clock, source.changes_every_minutes * 60_000)
  }
  if (source.path === null)
    throw new IdentityError('SETTINGS_INVALID', 'source.path: is needed with source.kind drop')
  const drop = createDropSource({
    path: source.path,
    limits: {
      maxSetAsideShare: feed.max_set_aside_share,
      maxFileBytes: feed.max_file_mib * 1024 * 1024,
      firstYear: year.first ? '9999' : null,
    },
  })
  return paced(drop, clock, source.interval_seconds * 1000)
}

/** The database of the source, not yet connected to; null where the source is none. */
export async function sourceDatabase({ config, secrets }: Settings): Promise<SourceDatabase | null> {
  const { kind, schema, connect_timeout_seconds, statement_timeout_seconds } = config.source
  if (kind !== 'postgres' && kind !== 'oracle') return null
  const { url } = secrets.source
  if (url === null)
    throw new IdentityError('SETTINGS_INVALID', `source.url: is needed with source.kind ${kind}`)
  const options: DatabaseOptions = {
    url,
    schema,
    connectMs: connect_timeout_seconds * 1000,
    statementMs: statement_timeout_seconds * 1000,
    batch,
  }
  if (kind === 'postgres') {
    const { postgresDatabase } = await import('../daemon/source/database/postgres.ts')
    return postgresDatabase(options)
  }
  const { oracleDatabase } = await import('../daemon/source/database/oracle.ts')
  return oracleDatabase(options)
}

/** Who supplies activation keys, as the settings have it: nobody, where they are made here. */
export async function openKeySource(
  settings: Settings,
  clock: Clock,
): Promise<{ readonly keySource?: ActivationKeySource }> {
  const { source, source_path, source_view, source_shortest } = settings.config.keys
  if (source === 'file' && source_path !== null) {
    const { keysOfFile } = await import('../daemon/key/file.ts')
    return { keySource: keysOfFile(source_path, source_shortest) }
  }
  if (source !== 'database') return {}
  const database = await sourceDatabase(settings)
  if (database === null)
    throw new IdentityError('SETTINGS_INVALID', 'keys.source: there is no source database')
  const { keysOfView } = await import('../daemon/key/view.ts')
  return { keySource: keysOfView(database, source_view, source_shortest, clock) }
}
