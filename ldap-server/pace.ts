import type { Context } from './context.ts'
import { Refusal } from './refusal.ts'
import type { Sink } from './sink.ts'

/** Milliseconds a search may hold the thread before others get their turn. */
const turnMs = 5
/** Terms tried between two looks at the clock: 32 entries with a filter of one. */
const strideTerms = 64

/** Keeps a long search from holding the thread, from sending faster than its client takes, and from going on for
 *  longer than it may. */
export class Pace {
  readonly #context: Context
  readonly #sink: Sink
  readonly #stride: number
  readonly #deadline: number
  #turn: number
  #examined = 0

  /** @param terms what trying one entry costs
   *  @param timeLimit seconds; 0: no limit asked */
  constructor(context: Context, sink: Sink, terms: number, timeLimit: number) {
    this.#context = context
    this.#sink = sink
    this.#stride = Math.max(1, Math.floor(strideTerms / terms))
    this.#turn = context.clock.monotonic()
    this.#deadline = this.#turn + 1000 * Math.min(timeLimit || Infinity, context.limits.searchSeconds)
  }

  /** Counts one entry looked at. @returns whether it is time to `rest`. @throws Refusal 11 */
  step(): boolean {
    if (this.#examined >= this.#context.limits.searchExamined) throw new Refusal('adminLimitExceeded')
    const examined = this.#examined++
    if (!this.#sink.room()) return true
    // To gather them may have taken long already.
    if (examined === 0) return this.#context.clock.monotonic() - this.#turn > turnMs
    return examined % this.#stride === 0
  }

  /** Lets others have their turn where it is time. @returns false when nobody waits for the rest.
   *  @throws Refusal 3 */
  async rest(): Promise<boolean> {
    const { clock } = this.#context
    const full = !this.#sink.room()
    if (full) await this.#sink.drained()
    const late = clock.monotonic() - this.#turn > turnMs
    if (late && !full) await new Promise((resolve) => setImmediate(resolve))
    if (late) this.#turn = clock.monotonic()
    if (this.#sink.abandoned()) return false
    if (this.#turn > this.#deadline) throw new Refusal('timeLimitExceeded')
    return true
  }
}
