import { createHash } from 'node:crypto'
import type { Clock, Limits } from './options.ts'

interface Failures {
  count: number
  last: number
}

/** Short whatever the name: what is remembered must not grow with what is sent. */
function keyOf(name: string, address: string): string {
  if (name.length < 100) return `${address} ${name}`
  return createHash('sha256').update(`${address} ${name}`).digest('base64')
}

/** Slows down guessing: failures of one name from one address delay that pair alone, so that nobody can lock
 *  somebody else out, and never longer than `longestDelayMs`. An attempt counts as failed until it has
 *  succeeded, so that attempts side by side gain nothing. */
export class Throttle {
  readonly #limits: Limits
  readonly #clock: Clock
  /** In the order of the last failure, for forgetting the oldest. */
  readonly #failures = new Map<string, Failures>()

  constructor(limits: Limits, clock: Clock) {
    this.#limits = limits
    this.#clock = clock
  }

  /** Whether an attempt would have to wait now. */
  slows(name: string, address: string): boolean {
    const known = this.#failures.size > 0 && this.#failures.get(keyOf(name, address))
    if (!known || known.count < this.#limits.freeFailures) return false
    return this.#clock.monotonic() - known.last < this.#limits.forgetMs
  }

  /** Announces an attempt. @returns milliseconds to wait before the password is looked at */
  attempt(name: string, address: string): number {
    const { freeFailures, delayMs, longestDelayMs, forgetMs, failuresKept } = this.#limits
    const key = keyOf(name, address)
    const now = this.#clock.monotonic()
    const known = this.#failures.get(key)
    const count = known && now - known.last < forgetMs ? known.count + 1 : 1
    this.#failures.delete(key)
    this.#failures.set(key, { count, last: now })
    if (this.#failures.size > failuresKept) {
      const [oldest] = this.#failures.keys()
      if (oldest !== undefined) this.#failures.delete(oldest)
    }
    const beyond = count - 1 - freeFailures
    return beyond < 0 ? 0 : Math.min(longestDelayMs, delayMs * 2 ** Math.min(beyond, 30))
  }

  succeeded(name: string, address: string): void {
    if (this.#failures.size > 0) this.#failures.delete(keyOf(name, address))
  }
}
