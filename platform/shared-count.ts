import { Redis, type RedisOptions } from 'ioredis'
import type { Clock } from './clock.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'

/** Requests counted for several processes, in one place. */
export interface SharedCount {
  /** One more under `key`, in a window that begins with the first. How many there are, and the milliseconds until the
   *  window ends; null when the place gives no answer in time, and at once while it is left alone. */
  add(key: string, windowMs: number): Promise<Counted | null>
}

export interface Counted {
  readonly count: number
  readonly leftMs: number
}

export interface RedisPlace {
  /** `redis://` or, by TLS, `rediss://`; with credentials where it asks for them. */
  readonly url: string
  /** Before every key, so that others may use the same Redis. */
  readonly prefix: string
  /** Certificates (PEM) to trust instead of those of the system. */
  readonly ca?: string
  /** The longest that a request waits for it. */
  readonly timeoutMs: number
  /** How long it is left alone once it has not answered; then one request tries. */
  readonly restMs?: number
}

export interface RedisCount extends SharedCount {
  close(): void
}

const second = 1_000
const connectMs = 5 * second

/** The count in a Redis. It never throws, and nobody ever waits longer for it than `timeoutMs`: a limit that is meant for
 *  machines must not keep a student out. That it went away, and that it is back, is logged once. */
export function openRedisCount(
  place: RedisPlace,
  {
    clock,
    log,
    metrics,
  }: { clock: Clock; log: Pick<Log, 'info' | 'warn'>; metrics: Pick<Metrics, 'requestsCounted'> },
): RedisCount {
  const { timeoutMs, restMs = second } = place
  const redis = clientOf(place, {
    retryStrategy: (times) => Math.min(connectMs, 100 * 2 ** Math.min(times, 6)),
  })
  const openedAt = clock.monotonic()
  let state: 'unknown' | 'there' | 'away' = 'unknown'
  let restsUntil = -Infinity
  let lastError: Error | null = null
  let isClosed = false
  // Why a connection could not be made; each try says it again.
  redis.on('error', (error: Error) => (lastError = error))

  const answered = (counted: Counted): Counted => {
    if (state === 'away') log.info('limiter-back', {})
    state = 'there'
    lastError = null
    metrics.requestsCounted.inc({ by: 'redis' })
    return counted
  }
  const unanswered = (error: unknown): null => {
    restsUntil = clock.monotonic() + restMs
    // A connection on which nothing comes may be dead on the way: the next one is a new one.
    if (error instanceof TooLate && !isClosed) redis.disconnect(true)
    if (state !== 'away' && !isClosed) log.warn('limiter-away', { error: lastError ?? error })
    state = 'away'
    return countedHere()
  }
  const countedHere = (): null => {
    metrics.requestsCounted.inc({ by: 'process' })
    return null
  }
  return {
    async add(key, windowMs) {
      const now = clock.monotonic()
      if (state === 'away' && now < restsUntil) return countedHere()
      // Who comes while the first connection is being made finds nothing wrong.
      const isFirst = state === 'unknown' && redis.status !== 'ready' && lastError === null
      if (isFirst && now < openedAt + connectMs) return countedHere()
      // While it is away one request tries, and the others go on.
      restsUntil = now + restMs
      try {
        return answered(await within(timeoutMs, clock, count(redis, key, windowMs)))
      } catch (error) {
        return unanswered(error)
      }
    },
    close() {
      isClosed = true
      redis.disconnect()
    },
  }
}

/** Connects to a Redis, counts once under a key that nobody has, and goes: the milliseconds that the count took.
 *  @throws what Redis says, or what keeps us from it */
export async function tryRedis(place: RedisPlace, { clock }: { clock: Clock }): Promise<number> {
  const redis = clientOf(place, { lazyConnect: true, retryStrategy: () => null })
  const said: { error?: Error } = {}
  redis.on('error', (error: Error) => (said.error = error))
  try {
    await within(connectMs, clock, redis.connect())
    const before = clock.monotonic()
    await within(connectMs, clock, count(redis, 'doctor', second))
    return clock.monotonic() - before
  } catch (error) {
    throw said.error ?? error
  } finally {
    redis.disconnect()
  }
}

function clientOf(
  { url, prefix, ca }: RedisPlace,
  more: Pick<RedisOptions, 'lazyConnect' | 'retryStrategy'>,
): Redis {
  return new Redis(url, {
    ...(ca === undefined ? {} : { tls: { ca } }),
    keyPrefix: prefix,
    connectionName: 'matricule',
    connectTimeout: connectMs,
    // With something asked and nothing said for so long, a connection is dead, also while it is being made.
    socketTimeout: connectMs,
    keepAlive: 10 * second,
    // What cannot be asked now is counted here: nothing waits for a connection, nothing is asked again.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    ...more,
  })
}

async function count(redis: Redis, key: string, windowMs: number): Promise<Counted> {
  const replies = await redis
    .multi()
    // The window begins with the first, and ends whatever comes.
    .set(key, 0, 'PX', windowMs, 'NX')
    .incr(key)
    .pttl(key)
    .exec()
  const [, [failure, counted] = [], [, leftMs] = []] = replies ?? []
  if (failure) throw failure
  if (typeof counted !== 'number' || typeof leftMs !== 'number') throw new Error('Redis has not counted')
  return { count: counted, leftMs: Math.max(0, leftMs) }
}

class TooLate extends Error {
  override readonly message = 'Redis does not answer in time'
}

async function within<T>(ms: number, clock: Clock, act: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>()
  using _deadline = clock.after(ms, () => late.reject(new TooLate()))
  return await Promise.race([act, late.promise])
}
