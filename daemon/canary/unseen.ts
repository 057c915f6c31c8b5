import { canaryOf, type CanaryRow } from '../../registry/canary.ts'
import type { Registry } from '../../registry/open.ts'
import type { Sighting, Target } from '../target/target.ts'

/** A target in which whoever compares, counts, takes over or fills never meets the canary: not as a stranger, not as
 *  somebody's, not as gone. */
export function withoutCanary(target: Target, registry: Registry): Target {
  return {
    ...target,
    async *scan(signal) {
      const row = await canaryOf(registry.db, target.name)
      const scan = target.scan(signal)
      try {
        for (;;) {
          const next = await scan.next()
          if (next.done === true) return next.value
          yield row === null ? next.value : next.value.filter((each) => !isCanary(row, each))
        }
      } finally {
        // Whoever stops reading ends the connection too.
        await scan.return(null)
      }
    },
    async changesSince(mark, signal) {
      const changes = await target.changesSince(mark, signal)
      const row = changes && (await canaryOf(registry.db, target.name))
      if (changes === null || row === null) return changes
      return {
        ...changes,
        sightings: changes.sightings.filter((each) => !isCanary(row, each)),
        gone: changes.gone.filter((uuid) => uuid !== row.entry_uuid),
      }
    },
  }
}

function isCanary({ login, entry_uuid }: CanaryRow, { number, uuid }: Sighting): boolean {
  return number === login || (uuid !== null && uuid === entry_uuid)
}
