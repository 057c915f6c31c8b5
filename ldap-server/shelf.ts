import type { Found } from './entry.ts'

/** A sorted list that waits for its next page. */
export interface Held extends Disposable {
  readonly found: readonly Found[]
}

/** How many sorted lists wait: they take memory for as long as a client likes. */
export class Shelf {
  readonly #most: number
  #held = 0

  constructor(most: number) {
    this.#most = most
  }

  get full(): boolean {
    return this.#held >= this.#most
  }

  /** Keeps a list until it is disposed of. */
  keep(found: readonly Found[]): Held {
    this.#held++
    let there = true
    return {
      found,
      [Symbol.dispose]: () => {
        if (there) this.#held--
        there = false
      },
    }
  }
}
