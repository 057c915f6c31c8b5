import type { Clock } from '../../platform/clock.ts'
import type { Source } from './source.ts'

/** A source that is looked at no more often than each `intervalMs`; asked sooner it says that there is nothing new. Who
 *  asks for it `again` is always answered. */
export function paced(source: Source, clock: Pick<Clock, 'monotonic'>, intervalMs: number): Source {
  let last: number | null = null
  return {
    describe: () => source.describe(),
    async read(options = {}) {
      const now = clock.monotonic()
      if (last !== null && now - last < intervalMs && options.again !== true) return null
      last = now
      try {
        return await source.read(options)
      } catch (error) {
        // What could not be read is looked at again by the next pass.
        last = null
        throw error
      }
    },
  }
}
