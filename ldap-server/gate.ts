import { Refusal } from './refusal.ts'

/** Lets `width` tasks run at once and `waiting` more wait; whoever comes later is refused with 51. */
export class Gate {
  readonly #width: number
  readonly #waiting: number
  readonly #queue: (() => void)[] = []
  #running = 0

  constructor(width: number, waiting: number) {
    this.#width = width
    this.#waiting = waiting
  }

  async run<Answer>(task: () => Promise<Answer>): Promise<Answer> {
    if (this.#running < this.#width) this.#running++
    else if (this.#queue.length >= this.#waiting) throw new Refusal('busy')
    else await new Promise<void>((go) => this.#queue.push(go))
    try {
      return await task()
    } finally {
      // The place is handed on rather than freed, so that nobody overtakes.
      const next = this.#queue.shift()
      if (next) next()
      else this.#running--
    }
  }
}
