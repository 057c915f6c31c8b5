import type { Socket } from 'node:net'
import { Frames } from '../ldap-protocol/frames.ts'
import type { Context } from './context.ts'
import { Outbox } from './outbox.ts'
import { certificateName } from './tls.ts'
import type { Channel } from './tls.ts'

/** Who listens to a link. */
export interface Listener {
  /** One whole message. Whatever it throws is given to `failed`. */
  take(frame: Buffer): void
  /** Whether another message would be taken; while not, the socket is not read. */
  ready(): boolean
  /** Whether nothing is under way. */
  idle(): boolean
  /** Nothing will arrive or be sent any more. */
  over(): void
  /** The bytes are no message, or `take` threw. */
  failed(error: unknown): void
  /** The client has been silent for too long. */
  silent(): void
  /** The client does not take its answers. */
  stalled(): void
}

/** How long a client that was told to go is listened to, so that the notice reaches it. */
const partingMs = 1_000

/** The bytes of one connection, in clear or under TLS: cut into messages on the way in, gathered on the way out, and
 *  ended when it is silent or unfinished for too long. */
export class Link {
  readonly #context: Context
  readonly #listener: Listener
  readonly #frames: Frames
  readonly #outbox: Outbox
  #socket: Socket
  #channel: Channel
  #ended = false
  #timer: Disposable | null = null
  /** When the clock that runs would strike. */
  #strikes = 0
  /** Since when a message is unfinished: its parts do not restart the clock. */
  #begun: number | null = null
  /** Since when it has been silent. */
  #since: number
  #secured = false
  /** Whether it is not being read, since nothing more is taken. */
  #held = false

  /** @param secure whether TLS comes before the first message */
  constructor(context: Context, socket: Socket, secure: boolean, listener: Listener) {
    this.#context = context
    this.#socket = socket
    this.#listener = listener
    this.#since = context.clock.monotonic()
    this.#channel = { address: socket.remoteAddress ?? '', secure: false, certificateName: null }
    this.#frames = new Frames(context.limits.messageBytes)
    this.#outbox = new Outbox(socket, context.limits, context.clock, () => {
      listener.stalled()
      this.#over()
      this.#socket.destroy()
    })
    socket.setNoDelay(true)
    this.#listen(socket)
    if (secure) this.secure()
    this.watch()
  }

  get ended(): boolean {
    return this.#ended
  }

  get channel(): Channel {
    return this.#channel
  }

  get outbox(): Outbox {
    return this.#outbox
  }

  /** Whether TLS has begun. */
  get secured(): boolean {
    return this.#secured
  }

  /** Whether nothing has arrived beyond the last message taken. */
  get between(): boolean {
    return this.#frames.empty
  }

  send(message: Buffer): void {
    if (!this.#ended) this.#outbox.send(message)
  }

  /** Sends what is left, then goes; a client that does not take it is not waited for. */
  close(): void {
    if (this.#ended) return
    this.#outbox.flush()
    this.#over()
    if (this.#socket.destroyed) return
    if (this.#secured && !this.#channel.secure) {
      this.#socket.destroy()
      return
    }
    this.#socket.removeAllListeners('data')
    this.#socket.resume()
    this.#socket.end()
    const timer = this.#context.clock.after(partingMs, () => this.#socket.destroy())
    this.#socket.once('close', () => timer[Symbol.dispose]())
  }

  /** From now on TLS: who it is with, is known when both have shaken hands, before the first message. Until then nothing
   *  is sent: it would go in clear. */
  secure(): void {
    const { tls, schema } = this.#context
    if (!tls) return
    this.#secured = true
    const plain = this.#socket
    for (const event of ['data', 'end', 'drain']) plain.removeAllListeners(event)
    this.#outbox.use(null)
    tls.accept(plain, (secured) => {
      if (this.#ended) {
        secured.destroy()
        return
      }
      this.#socket = secured
      this.#listen(secured)
      this.#outbox.use(secured)
      const name = certificateName(secured, schema)
      this.#channel = { ...this.#channel, secure: true, certificateName: name }
    })
  }

  /** Goes on reading, if it was held up. */
  resume(): void {
    if (!this.#ended && this.#held) this.#take()
  }

  /** Restarts the clock that ends idle connections, and sooner those that leave a message unfinished. A clock that
   *  runs is not set again for every message: when it strikes, it looks whether it should have. */
  watch(): void {
    if (this.#ended) return
    const { clock, limits } = this.#context
    this.#since = clock.monotonic()
    if (this.#frames.empty || !this.#listener.idle()) this.#begun = null
    else this.#begun ??= this.#since
    const due =
      this.#begun === null
        ? this.#since + limits.idleMs
        : Math.min(this.#begun + limits.messageMs, this.#since + limits.idleMs)
    if (this.#timer && this.#strikes <= due) return
    this.#set(due)
  }

  #set(due: number): void {
    const { clock } = this.#context
    this.#timer?.[Symbol.dispose]()
    this.#strikes = due
    this.#timer = clock.after(Math.max(1, due - clock.monotonic()), () => this.#strike())
  }

  #strike(): void {
    this.#timer = null
    const { clock, limits } = this.#context
    if (!this.#listener.idle()) {
      this.watch()
      return
    }
    const due = this.#begun === null ? this.#since + limits.idleMs : this.#begun + limits.messageMs
    if (due - clock.monotonic() >= 1) this.#set(due)
    else this.#listener.silent()
  }

  #listen(socket: Socket): void {
    socket.on('data', (chunk) => this.#receive(chunk))
    socket.on('end', () => this.close())
    socket.on('error', () => this.close())
    socket.on('close', () => this.close())
  }

  #receive(chunk: Buffer): void {
    if (this.#ended) return
    try {
      this.#frames.push(chunk)
    } catch (error) {
      this.#listener.failed(error)
      return
    }
    this.#outbox.answering()
    this.#take()
    this.#outbox.answered()
    this.watch()
  }

  /** Hands on what has arrived, as far as it is taken. */
  #take(): void {
    try {
      while (!this.#ended) {
        if (!this.#listener.ready()) {
          this.#socket.pause()
          this.#held = true
          return
        }
        const frame = this.#frames.next()
        if (!frame) break
        this.#begun = null
        this.#listener.take(frame)
      }
      if (this.#held) this.#socket.resume()
      this.#held = false
    } catch (error) {
      this.#listener.failed(error)
    }
  }

  #over(): void {
    this.#ended = true
    this.#timer?.[Symbol.dispose]()
    this.#outbox.release()
    this.#listener.over()
  }
}
