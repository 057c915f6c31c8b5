import type { Clock } from '../platform/clock.ts'
import { asIdentityError } from '../platform/error.ts'
import type { Log } from '../platform/log.ts'
import type { Metrics } from '../platform/metrics.ts'
import { giveLeaseBack, takeLease } from '../registry/leases.ts'
import type { Registry } from '../registry/open.ts'

/** What one daemon alone may do: `facts` is the source, what follows from it, and the letters; each target is led by
 *  itself. */
export type Led = string
export const facts: Led = 'facts'

/** Who may act, where several daemons run on one registry (architecture, decision 6). */
export interface Leadership {
  /** Whether we lead, with time enough for one more operation: asked before each. */
  leads(what: Led): boolean
}

/** One daemon on a registry that nobody else can open: the lock of its home has decided. */
export const alone: Leadership = { leads: () => true }

/** Somebody who only looks. */
export const looksOn: Leadership = { leads: () => false }

export interface LeadershipOptions {
  readonly registry: Registry
  /** Everything that is led. */
  readonly led: readonly Led[]
  /** Who we are; the same after a restart, so that a daemon that was killed takes up its own leases at once. */
  readonly holder: string
  readonly leaseMs: number
  /** The longest that one operation may take. */
  readonly operationMs: number
  readonly clock: Clock
  readonly metrics: Metrics
  readonly log: Log
}

export interface RunningLeadership extends Leadership {
  /** Ends, once; the leases are given back, unless what they were for may still be under way. */
  stop(options: { givingBack: boolean }): Promise<void>
}

/** Asks for every lease, and goes on asking. A lease lasts by our monotonic clock from the moment *before* we asked for
 *  it, so that ours has always run out before the registry lets anybody else have it. */
export async function startLeadership(options: LeadershipOptions): Promise<RunningLeadership> {
  const { registry, led, holder, leaseMs, operationMs, clock, metrics, log } = options
  const until = new Map<Led, number>()
  const stopping = new AbortController()
  const leads = (what: Led): boolean => (until.get(what) ?? 0) - clock.monotonic() > operationMs

  const ask = async (name: Led): Promise<void> => {
    const asked = clock.monotonic()
    const former = leads(name)
    try {
      const taken = await takeLease(registry.db, { name, holder }, { forMs: leaseMs, graceMs: operationMs })
      if (taken) until.set(name, asked + leaseMs)
      else until.delete(name)
    } catch (error) {
      log.warn('lease-not-renewed', { lease: name, code: asIdentityError(error).code })
    }
    if (leads(name) !== former) log.info(leads(name) ? 'leading' : 'following', { lease: name })
    if (name !== facts) metrics.leader.set({ target: name }, leads(name) ? 1 : 0)
  }
  const askAll = async (): Promise<void> => {
    await Promise.all(led.map(ask))
  }
  let stopped: Promise<void> | null = null

  await askAll()
  const asking = (async () => {
    for (;;) {
      await clock.sleep((leaseMs - operationMs) / 3, stopping.signal)
      if (stopping.signal.aborted) return
      await askAll()
    }
  })()
  const stop = async (givingBack: boolean): Promise<void> => {
    stopping.abort()
    await asking
    until.clear()
    if (!givingBack) return
    for (const name of led) {
      await giveLeaseBack(registry.db, { name, holder }).catch((error: unknown) =>
        log.warn('lease-not-given-back', { lease: name, code: asIdentityError(error).code }),
      )
    }
  }
  return { leads, stop: ({ givingBack }) => (stopped ??= stop(givingBack)) }
}
