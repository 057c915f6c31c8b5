import { readFileSync } from 'node:fs'
import type { Finding } from '../daemon/target/finding.ts'
import type { Clock } from '../platform/clock.ts'
import type { Log } from '../platform/log.ts'
import { describeError } from '../platform/redact.ts'
import { isLoopback, type Settings } from '../platform/settings.ts'
import { openRedisCount, tryRedis, type RedisCount, type RedisPlace } from '../platform/shared-count.ts'
import type { Foundations } from './foundations.ts'

/** Where requests are counted for several processes, or null where each counts its own. Networks stand there as digests:
 *  whoever may read that Redis learns no address from it. */
export function openLimiter(
  {
    clock,
    log,
    metrics,
    ring,
  }: Pick<Foundations, 'clock' | 'metrics' | 'ring'> & { readonly log: Pick<Log, 'info' | 'warn'> },
  settings: Settings,
): RedisCount | null {
  const place = placeOf(settings)
  if (place === null) return null
  const count = openRedisCount(place, { clock, log, metrics })
  return { ...count, add: (key, windowMs) => count.add(ring.mac('limit', key), windowMs) }
}

/** What `doctor` finds there; nothing where there is none. */
export async function limiterFindings(
  { clock }: { readonly clock: Clock },
  settings: Settings,
): Promise<Finding[]> {
  const place = placeOf(settings)
  if (place === null) return []
  const { protocol, hostname } = new URL(place.url)
  const inClear = protocol === 'redis:' && !isLoopback(hostname)
  return [
    await tryRedis(place, { clock }).then(
      (ms): Finding => {
        const took = `counts, in ${Math.ceil(ms)} ms`
        return ms <= place.timeoutMs
          ? { what: 'connection', level: 'fine', detail: took }
          : { what: 'connection', level: 'warning', detail: `${took}; web.limiter_timeout_ms is less` }
      },
      (error: unknown): Finding => {
        const detail = `${String(describeError(error)['message'])}; each process counts its own meanwhile`
        return { what: 'connection', level: 'fault', detail }
      },
    ),
    inClear
      ? {
          what: 'encryption',
          level: 'warning',
          detail: 'the password, if any, travels in clear; rediss:// is by TLS',
        }
      : { what: 'encryption', level: 'fine', detail: protocol === 'rediss:' ? 'TLS' : 'none, on loopback' },
  ]
}

function placeOf({ config: { web }, secrets }: Settings): RedisPlace | null {
  const url = secrets.web.limiter_url
  if (url === null) return null
  const ca = web.limiter_ca_file === null ? {} : { ca: readFileSync(web.limiter_ca_file, 'utf8') }
  return { url, ...ca, prefix: web.limiter_prefix, timeoutMs: web.limiter_timeout_ms }
}
