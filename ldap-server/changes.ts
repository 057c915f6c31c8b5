import type { Entry } from './entry.ts'

/** One entry that a change concerns, before and after it. */
export interface Touched {
  readonly uuid: string
  /** Null when it was not there. */
  readonly before: Entry | null
  /** Null when it is not there any more. */
  readonly after: Entry | null
}

/** What one change did, for whoever follows. */
export interface Told {
  readonly csn: string
  readonly touched: readonly Touched[]
}

/** Somebody who follows the changes: they wait here until looked at. */
export class Follower {
  readonly #most: number
  #told: Told[] = []
  #wake: (() => void) | null = null
  /** True when more was told than may wait: what follows is not whole any more. */
  overrun = false

  constructor(most: number) {
    this.#most = most
  }

  tell(told: Told): void {
    if (this.#told.length >= this.#most) this.overrun = true
    else this.#told.push(told)
    this.wake()
  }

  /** Ends a wait. */
  wake(): void {
    this.#wake?.()
    this.#wake = null
  }

  /** What was told since the last look; waits for something, or for `wake`. */
  async next(): Promise<readonly Told[]> {
    if (this.#told.length === 0 && !this.overrun) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    const told = this.#told
    this.#told = []
    return told
  }
}

/** The session log (RFC 4533 §3.2): which entries changed since when, the deleted ones included. Bounded; built
 *  again from the store's log at every start. A CSN is compared as text. */
export class Changes {
  readonly #most: number
  #log: { csn: string; uuid: string }[] = []
  /** The log knows everything after this one. */
  #floor = ''
  #latest = ''
  #moved = ''
  readonly #followers = new Set<Follower>()

  /** @param most changed entries remembered */
  constructor(most: number) {
    this.#most = most
  }

  /** The CSN of the last change that is safe; '' before the first. */
  get latest(): string {
    return this.#latest
  }

  /** The CSN of the last rename: names below change without a CSN of their own. */
  get moved(): string {
    return this.#moved
  }

  /** Everything before is in a snapshot, which does not say what was deleted. */
  startAt(csn: string, moved: string): void {
    this.#log = []
    this.#floor = this.#latest = csn
    this.#moved = moved
  }

  /** Notes a change that is safe. */
  note(csn: string, uuids: Iterable<string>, move: boolean): void {
    if (this.#floor === '') this.#floor = csn
    for (const uuid of uuids) this.#log.push({ csn, uuid })
    if (csn > this.#latest) this.#latest = csn
    if (move) this.#moved = csn
    // Cut by half rather than one by one.
    if (this.#log.length < 2 * this.#most) return
    const cut = this.#log.length - this.#most
    this.#floor = this.#log[cut - 1]?.csn ?? this.#floor
    this.#log = this.#log.slice(cut)
  }

  /** Notes a change that is safe, and tells it to all who follow. */
  tell(csn: string, touched: readonly Touched[], move: boolean): void {
    this.note(
      csn,
      touched.map(({ uuid }) => uuid),
      move,
    )
    for (const follower of this.#followers) follower.tell({ csn, touched })
  }

  /** The identifiers of what changed after `csn`, each once; null when that is too long ago to know. */
  since(csn: string): ReadonlySet<string> | null {
    if (csn < this.#floor) return null
    let at = this.#log.length
    while (at > 0 && (this.#log[at - 1]?.csn ?? '') > csn) at--
    return new Set(this.#log.slice(at).map(({ uuid }) => uuid))
  }

  follow(follower: Follower): Disposable {
    this.#followers.add(follower)
    return { [Symbol.dispose]: () => void this.#followers.delete(follower) }
  }
}
