import { join } from 'node:path'
import { createAdvances, type Advances } from '../platform/advance.ts'
import { systemChance, type Chance } from '../platform/chance.ts'
import { systemClock, type Clock } from '../platform/clock.ts'
import { IdentityError } from '../platform/error.ts'
import { createLog, type Log } from '../platform/log.ts'
import { createMetrics, type Metrics } from '../platform/metrics.ts'
import { packageVersion } from '../platform/root.ts'
import { openKeyRing, type KeyRing } from '../platform/seal.ts'
import type { Settings } from '../platform/settings.ts'
import { openRegistry, type Registry, type RegistryPlace } from '../registry/open.ts'
import { firstMark } from '../registry/standings.ts'
import { notYet } from './not-yet.ts'

/** What every process of the house stands on. */
export interface Foundations {
  readonly clock: Clock
  readonly chance: Chance
  readonly log: Log
  readonly metrics: Metrics
  readonly advances: Advances
  readonly ring: KeyRing
  readonly registry: Registry
}

/** Opens them; whatever is open when the caller's stack is disposed of is closed. Who opens an embedded registry holds
 *  the lock of its home. */
export async function openFoundations(
  settings: Settings,
  opened: AsyncDisposableStack,
): Promise<Foundations> {
  const { config } = settings
  const refused = notYet(settings)
  if (refused.length > 0) throw new IdentityError('SETTINGS_INVALID', refused.join('\n'))
  const clock = systemClock
  const chance = systemChance
  const log = createLog({ level: config.log.level })
  const metrics = createMetrics(packageVersion)
  const advances = createAdvances(clock)
  const registry = await openRegistry({ ...placeOf(settings), clock })
  opened.defer(() => registry.close())
  const ring = await openKeyRing({ file: config.keys.master_file, clock, chance })
  await sameRing(registry, ring, config.keys.master_file)
  return { clock, chance, log, metrics, advances, ring, registry }
}

/** Whether several processes may share the registry. */
export function isShared({ secrets }: Settings): boolean {
  return secrets.registry.url !== ''
}

function placeOf(settings: Settings): RegistryPlace {
  const { config, secrets } = settings
  if (!isShared(settings)) return { folder: join(config.home, 'registry') }
  const { connections, prepared, connect_timeout_seconds, statement_timeout_seconds } = config.registry
  return {
    server: {
      url: secrets.registry.url,
      connections,
      prepared,
      connectMs: connect_timeout_seconds * 1000,
      statementMs: statement_timeout_seconds * 1000,
    },
  }
}

/** Under another ring no key would be recognised and no verifier opened, and new ones would be lost to the others. */
async function sameRing(registry: Registry, ring: KeyRing, file: string): Promise<void> {
  const known = await firstMark(registry.db, 'ring', ring.mac('registry', 'ring'))
  if (ring.macMatches('registry', 'ring', known)) return
  throw new IdentityError(
    'SETTINGS_INVALID',
    `keys.master_file: ${file} is not the ring of this registry; give each process the same file`,
  )
}
