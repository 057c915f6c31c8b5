import { randomBelow, type Chance } from '../../platform/chance.ts'
import type { Clock } from '../../platform/clock.ts'
import { asIdentityError, IdentityError } from '../../platform/error.ts'
import type { Log } from '../../platform/log.ts'
import type { Metrics } from '../../platform/metrics.ts'
import { breakerStates, type BreakerState } from './circuit.ts'
import type { Lane, Target } from './target.ts'

export interface BreakerOptions {
  readonly clock: Clock
  readonly chance: Chance
  readonly log: Log
  readonly metrics: Metrics
  /** Acts unanswered in a row after which a target is left alone. */
  readonly failures: number
  /** The longest that it is left alone; at first a second, then twice as long each time. */
  readonly longestMs: number
}

/** A target that is left alone while it does not answer: each act is refused at once, as it would be after its deadline,
 *  so that nobody waits for a dead directory and no connection is held for it. What it refuses is an answer. */
export function guarded(target: Target, options: BreakerOptions): Target {
  const breaker = new Breaker(target.name, options)
  const lane = (own: Lane): Lane => ({
    read: (...asked) => breaker.run(() => own.read(...asked)),
    apply: (...asked) => breaker.run(() => own.apply(...asked)),
  })
  const lanes = { pass: lane(target.lane('pass')), nudge: lane(target.lane('nudge')) }
  const { bind } = target
  return {
    ...target,
    circuit: () => breaker.state,
    isLeftAlone: () => breaker.isLeftAlone,
    lane: (which) => lanes[which],
    ...(bind === undefined ? {} : { bind: (dn, password) => breaker.run(() => bind(dn, password)) }),
    async *scan(signal) {
      const scan = target.scan(signal)
      try {
        for (;;) {
          const next = await breaker.run(() => scan.next())
          if (next.done === true) return next.value
          yield next.value
        }
      } finally {
        // Whoever stops reading ends the connection too.
        await scan.return(null)
      }
    },
    changesSince: (mark, signal) => breaker.run(() => target.changesSince(mark, signal)),
  }
}

class Breaker {
  readonly #target: string
  readonly #options: BreakerOptions
  #state: BreakerState = 'closed'
  #unanswered = 0
  /** How often in a row it was found still not to answer. */
  #tries = 0
  /** On the monotonic clock. */
  #until = 0

  constructor(target: string, options: BreakerOptions) {
    this.#target = target
    this.#options = options
    this.#tell()
  }

  get state(): BreakerState {
    return this.#state
  }

  /** Whether whatever is asked now is refused at once. */
  get isLeftAlone(): boolean {
    const { clock } = this.#options
    return this.#state === 'trying' || (this.#state === 'open' && clock.monotonic() < this.#until)
  }

  async run<T>(act: () => Promise<T>): Promise<T> {
    const isTrial = this.#enter()
    try {
      const done = await act()
      this.#answered()
      return done
    } catch (thrown) {
      const { code, details } = asIdentityError(thrown)
      const resultCode = details['resultCode']
      // A full directory (80) answers, and may still take what needs no room.
      const silent = resultCode === undefined || [49, 51, 52].includes(Number(resultCode))
      if (code === 'TARGET_UNAVAILABLE' && silent) this.#failed(isTrial)
      else if (code.startsWith('TARGET_')) this.#answered()
      // Ended by us: it was not found out.
      else if (isTrial) this.#rest(0)
      throw thrown
    }
  }

  /** Whether the act about to begin is the one that finds out. @throws TARGET_UNAVAILABLE while it is left alone */
  #enter(): boolean {
    if (this.#state === 'closed') return false
    if (this.#state === 'open' && this.#options.clock.monotonic() >= this.#until) {
      this.#become('trying')
      return true
    }
    throw new IdentityError(
      'TARGET_UNAVAILABLE',
      `${this.#target} did not answer, and is left alone for a while`,
      {
        transient: true,
        details: { target: this.#target, circuit: this.#state },
      },
    )
  }

  #answered(): void {
    this.#unanswered = 0
    // What began before it was left alone, and is answered late, answers all the same.
    this.#tries = 0
    this.#become('closed')
  }

  #failed(isTrial: boolean): void {
    this.#unanswered += 1
    if (isTrial || (this.#state === 'closed' && this.#unanswered >= this.#options.failures)) {
      const { chance, longestMs } = this.#options
      const ms = Math.min(1_000 * 2 ** Math.min(this.#tries, 16), longestMs)
      this.#tries += 1
      this.#rest(ms * (0.5 + randomBelow(chance, 1_000) / 2_000))
    }
  }

  #rest(ms: number): void {
    this.#until = this.#options.clock.monotonic() + ms
    this.#become('open')
  }

  #become(state: BreakerState): void {
    if (state === this.#state) return
    const before = this.#state
    this.#state = state
    this.#tell()
    if (state === 'closed') this.#options.log.info('target-answers', { target: this.#target })
    else if (before === 'closed') this.#options.log.warn('target-left-alone', { target: this.#target })
  }

  #tell(): void {
    for (const state of breakerStates)
      this.#options.metrics.targetCircuit.set({ target: this.#target, state }, state === this.#state ? 1 : 0)
  }
}
