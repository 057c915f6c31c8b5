import type { Socket } from 'node:net'
import type { Clock, Limits } from './options.ts'

/** Bytes gathered before they go out without waiting for the turn's end. */
const gatherBytes = 65_536

/** Those who have something to say when this turn of the event loop ends. To write for all of them then takes less than
 *  to write for each between what is read (18 and 20 µs for a bind on 64 connections): a client of many wakes once. */
let speaking: Outbox[] = []
/** Who had something to say in the last turn, if it was one alone: then nobody need wait for the others. While it is that
 *  one again, nobody looks for the end of the turn either, which takes another wait for events (a fifteenth of a bind). */
let alone: Outbox | null = null

function speak(): void {
  const all = speaking
  speaking = []
  alone = all.length === 1 ? (all[0] ?? null) : null
  for (const outbox of all) outbox.speak()
}

/** What one connection has to say. Everything of one turn of the event loop goes out in one write: an entry
 *  and its final answer cost one packet, pipelined answers too. */
export class Outbox {
  /** Null while there is no way to say anything. */
  #socket: Socket | null
  readonly #limits: Limits
  readonly #clock: Clock
  readonly #stalled: () => void
  #gathered: Buffer[] = []
  #bytes = 0
  #scheduled = false
  /** Whether `answered` will be called before the turn ends. */
  #answering = false
  #waiters: (() => void)[] = []
  #timer: Disposable | null = null

  /** @param stalled called when the client has taken nothing for `stalledMs` while somebody waits for it */
  constructor(socket: Socket, limits: Limits, clock: Clock, stalled: () => void) {
    this.#socket = socket
    this.#limits = limits
    this.#clock = clock
    this.#stalled = stalled
    socket.on('drain', () => this.release())
  }

  /** What is said from now on goes this way. */
  use(socket: Socket | null): void {
    this.flush()
    this.#socket = socket
    socket?.on('drain', () => this.release())
  }

  send(message: Buffer): void {
    this.#gathered.push(message)
    this.#bytes += message.length
    if (this.#bytes > gatherBytes) this.flush()
    else if (!this.#answering) this.#schedule()
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    if (speaking.push(this) === 1) setImmediate(speak)
  }

  /** What has arrived together is going to be answered. */
  answering(): void {
    this.#answering = true
  }

  /** It is answered. */
  answered(): void {
    this.#answering = false
    if (this.#gathered.length === 0) return
    if (alone !== null) this.flush()
    if (alone !== this) this.#schedule()
  }

  /** The turn ends. */
  speak(): void {
    this.#scheduled = false
    this.flush()
  }

  flush(): void {
    const gathered = this.#gathered
    const [first] = gathered
    if (!first) return
    const bytes = this.#bytes
    this.#gathered = []
    this.#bytes = 0
    if (!this.#socket?.writable) return
    this.#socket.write(gathered.length === 1 ? first : Buffer.concat(gathered, bytes))
  }

  /** Whether the client keeps up with its answers. */
  get room(): boolean {
    return this.#bytes + (this.#socket?.writableLength ?? 0) < this.#limits.unsentBytes
  }

  /** Resolves when the client has taken what waits, or is gone. */
  drained(): Promise<void> {
    this.flush()
    if (!this.#socket?.writable || !this.#socket.writableNeedDrain) return Promise.resolve()
    this.#timer ??= this.#clock.after(this.#limits.stalledMs, this.#stalled)
    return new Promise((resolve) => this.#waiters.push(resolve))
  }

  /** Lets everybody go on who waits. */
  release(): void {
    this.#timer?.[Symbol.dispose]()
    this.#timer = null
    const waiters = this.#waiters
    this.#waiters = []
    for (const resolve of waiters) resolve()
  }
}
