import rateLimit, { type FastifyRateLimitStore } from '@fastify/rate-limit'
import type { FastifyInstance } from 'fastify'
import { IdentityError } from '../platform/error.ts'
import type { Clock } from '../platform/clock.ts'
import type { Counted, SharedCount } from '../platform/shared-count.ts'
import { networkOf } from './network.ts'

/** Networks that a process remembers; more than that and the oldest starts anew. */
const remembered = 10_000

export interface CoarseLimit {
  readonly requestsPerMinute: number
  /** Where several processes count together; absent: each counts its own. */
  readonly shared?: SharedCount | undefined
  readonly clock: Clock
}

/** The coarse limit: requests of one network in a minute.
 *  @param of whose requests are counted together: `page`, `helpdesk` */
export async function limitByNetwork(
  scope: FastifyInstance,
  of: string,
  { requestsPerMinute, shared, clock }: CoarseLimit,
): Promise<void> {
  const unsaid = { 'x-ratelimit-limit': false, 'x-ratelimit-remaining': false, 'x-ratelimit-reset': false }
  await scope.register(rateLimit, {
    max: requestsPerMinute,
    timeWindow: 60_000,
    cache: remembered,
    ...(shared === undefined ? {} : { store: storeOver(shared, of, clock) }),
    keyGenerator: (request) => networkOf(request.ip),
    addHeaders: { ...unsaid, 'retry-after': false },
    addHeadersOnExceeding: unsaid,
    errorResponseBuilder: (_request, { ttl }) =>
      new IdentityError('TOO_MANY_ATTEMPTS', 'too many requests from one network', {
        details: { retryAfterSeconds: ttl / 1000 },
      }),
  })
}

/** Counts here in any case, so that whoever is counted elsewhere is known here too when that place goes away. */
function storeOver(shared: SharedCount, of: string, clock: Clock): new () => FastifyRateLimitStore {
  const own = ownCount(clock)
  return class Store implements FastifyRateLimitStore {
    incr(
      network: string,
      done: (error: null, counted: { current: number; ttl: number }) => void,
      windowMs: number,
    ) {
      const key = `${of} ${network}`
      const here = own(key, windowMs)
      void shared.add(key, windowMs).then((everywhere) => {
        const { count, leftMs } = everywhere ?? here
        done(null, { current: count, ttl: leftMs })
      })
    }
    // What a route counts apart has its own name in the key.
    child() {
      return this
    }
  }
}

/** The same count, of this process alone. */
function ownCount(clock: Clock): (key: string, windowMs: number) => Counted {
  const windows = new Map<string, { count: number; endsAt: number }>()
  return (key, windowMs) => {
    const now = clock.monotonic()
    const known = windows.get(key)
    const window = known && known.endsAt > now ? known : { count: 0, endsAt: now + windowMs }
    window.count++
    if (window !== known) {
      windows.delete(key)
      windows.set(key, window)
      const [oldest] = windows.keys()
      if (windows.size > remembered && oldest !== undefined) windows.delete(oldest)
    }
    return { count: window.count, leftMs: window.endsAt - now }
  }
}
