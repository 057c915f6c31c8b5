import type { Clock } from '../../platform/clock.ts'
import { asIdentityError } from '../../platform/error.ts'
import type { Source } from './source.ts'

/** A source that is looked at no more often than each `intervalMs`; asked sooner it says that there is nothing new. Who
 *  asks for it `again` is always answered. */
export function paced(source: Source, clock: Pick<Clock, 'monotonic'>, intervalMs: number): Source {
  let last: number | null = null
  const { readStudent } = source
  return {
    describe: () => source.describe(),
    // One student is asked for by somebody who waits.
    ...(readStudent === undefined ? {} : { readStudent }),
    async read(options = {}) {
      const now = clock.monotonic()
      if (last !== null && now - last < intervalMs && options.again !== true) return null
      last = now
      try {
        return await source.read(options)
      } catch (error) {
        // What could not be read is looked at again by the next pass; what will be refused again waits for its time.
        if (source.costly !== true || asIdentityError(error).transient) last = null
        throw error
      }
    },
  }
}
