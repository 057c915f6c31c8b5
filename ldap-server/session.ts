import type { Socket } from 'node:net'
import { MalformedError } from '../ldap-protocol/ber-reader.ts'
import { Frames } from '../ldap-protocol/frames.ts'
import type { Message, Request, Response, Result, ResultKind } from '../ldap-protocol/message.ts'
import { extension } from '../ldap-protocol/oids.ts'
import { decodeRequest } from '../ldap-protocol/request.ts'
import { encodeResponse } from '../ldap-protocol/response.ts'
import { resultCode } from '../ldap-protocol/result-code.ts'
import { bind } from './bind.ts'
import { nobody } from './context.ts'
import type { Asker, Context } from './context.ts'
import { Outbox } from './outbox.ts'
import { perform } from './perform.ts'
import type { PageState } from './page.ts'
import { Refusal, success } from './refusal.ts'
import type { Sink } from './search.ts'

/** What a session tells its server. */
export interface Witness {
  log(level: 'info' | 'warn' | 'error', event: string, facts: Record<string, unknown>): void
  count(operation: string, resultCode: number): void
}

interface Running {
  abandoned: boolean
}

/** How long a client that was told to go is listened to, so that the notice reaches it. */
const partingMs = 1_000

/** One connection. Requests are answered as they are done; a bind waits for those before it and holds those
 *  after it (RFC 4511 §4.2.1). Whatever arrives, the session ends only itself. */
export class Session {
  readonly #context: Context
  readonly #socket: Socket
  readonly #witness: Witness
  readonly #address: string
  readonly #frames: Frames
  readonly #outbox: Outbox
  readonly #queue: Message<Request>[] = []
  readonly #running = new Map<number, Running>()
  #asker: Asker = nobody
  #page: PageState | null = null
  #busy = 0
  #binding = false
  #ended = false
  #timer: Disposable | null = null
  /** Since when a message is unfinished: its parts do not restart the clock. */
  #begun: number | null = null

  constructor(context: Context, socket: Socket, witness: Witness) {
    this.#context = context
    this.#socket = socket
    this.#witness = witness
    this.#address = socket.remoteAddress ?? ''
    this.#frames = new Frames(context.limits.messageBytes)
    this.#outbox = new Outbox(socket, context.limits, context.clock, () => {
      witness.log('warn', 'directory.session.stalled', {})
      this.#over()
      socket.destroy()
    })
    socket.setNoDelay(true)
    socket.on('data', (chunk) => this.#receive(chunk))
    socket.on('end', () => this.#close())
    socket.on('error', () => this.#close())
    socket.on('close', () => this.#close())
    this.#watch()
  }

  /** Ends the session: with a notice (RFC 4511 §4.4.1) if a reason is given. */
  end(code?: keyof typeof resultCode, message = ''): void {
    if (this.#ended) return
    if (code) {
      const result = { code: resultCode[code], matchedDN: '', message }
      this.#send({
        id: 0,
        operation: { kind: 'extended', result, oid: extension.noticeOfDisconnection, value: null },
        controls: [],
      })
    }
    this.#close()
  }

  /** Sends what is left, then goes; a client that does not take it is not waited for. */
  #close(): void {
    if (this.#ended) return
    this.#outbox.flush()
    this.#over()
    if (this.#socket.destroyed) return
    this.#socket.removeAllListeners('data')
    this.#socket.resume()
    this.#socket.end()
    const timer = this.#context.clock.after(partingMs, () => this.#socket.destroy())
    this.#socket.once('close', () => timer[Symbol.dispose]())
  }

  #over(): void {
    this.#ended = true
    this.#queue.length = 0
    for (const one of this.#running.values()) one.abandoned = true
    this.#timer?.[Symbol.dispose]()
    this.#outbox.release()
  }

  /** Restarts the clock that ends idle connections, and sooner those that leave a message unfinished. */
  #watch(): void {
    if (this.#ended) return
    const { clock, limits } = this.#context
    const idle = this.#busy === 0 && this.#queue.length === 0
    if (this.#frames.empty || !idle) this.#begun = null
    else if (this.#begun !== null) return
    else this.#begun = clock.monotonic()
    this.#timer?.[Symbol.dispose]()
    this.#timer = clock.after(this.#begun === null ? limits.idleMs : limits.messageMs, () => {
      if (this.#busy > 0) this.#watch()
      else this.end('unavailable', 'idle for too long')
    })
  }

  #receive(chunk: Buffer): void {
    if (this.#ended) return
    try {
      this.#frames.push(chunk)
    } catch (error) {
      this.#malformed(error)
      return
    }
    this.#take()
    this.#watch()
  }

  /** Decodes what has arrived, as far as operations may wait; beyond, the socket is not read. */
  #take(): void {
    try {
      while (!this.#ended) {
        if (this.#busy + this.#queue.length >= this.#context.limits.operationsPerConnection) {
          this.#socket.pause()
          return
        }
        const frame = this.#frames.next()
        if (!frame) break
        this.#begun = null
        this.#accept(decodeRequest(frame, this.#context.limits.nesting))
      }
      if (!this.#ended) this.#socket.resume()
    } catch (error) {
      this.#malformed(error)
    }
  }

  #malformed(error: unknown): void {
    if (!(error instanceof MalformedError)) this.#failed('receive', error)
    this.#witness.count('malformed', resultCode.protocolError)
    this.end('protocolError', 'the message cannot be read')
  }

  #accept(message: Message<Request>): void {
    const { id, operation } = message
    if (operation.kind === 'unbind') {
      this.#witness.count('unbind', 0)
      this.#close()
      return
    }
    if (id === 0) throw new MalformedError('message number 0 is for notices')
    if (operation.kind === 'abandon') {
      this.#abandon(operation.id)
      return
    }
    this.#queue.push(message)
    this.#start()
  }

  #abandon(id: number): void {
    this.#witness.count('abandon', 0)
    const running = this.#running.get(id)
    if (running) running.abandoned = true
    const waiting = this.#queue.findIndex((message) => message.id === id && message.operation.kind !== 'bind')
    if (waiting >= 0) this.#queue.splice(waiting, 1)
  }

  #start(): void {
    for (let next = this.#queue[0]; next && !this.#binding; next = this.#queue[0]) {
      if (next.operation.kind === 'bind') {
        if (this.#busy > 0) return
        this.#binding = true
      }
      this.#queue.shift()
      void this.#run(next)
    }
  }

  async #run(message: Message<Request>): Promise<void> {
    const running: Running = { abandoned: false }
    this.#running.set(message.id, running)
    this.#busy++
    try {
      if (message.operation.kind === 'bind') await this.#bind(message)
      else await this.#operate(message, running)
    } catch (error) {
      this.#failed(message.operation.kind, error)
    }
    this.#busy--
    if (this.#running.get(message.id) === running) this.#running.delete(message.id)
    if (message.operation.kind === 'bind') this.#binding = false
    if (this.#ended) return
    this.#start()
    if (this.#socket.isPaused()) this.#take()
  }

  async #bind({ id, operation, controls }: Message<Request>): Promise<void> {
    if (operation.kind !== 'bind') return
    this.#asker = nobody
    this.#page = null
    try {
      if (controls.some(({ critical }) => critical)) {
        throw new Refusal('unavailableCriticalExtension', 'critical extension is not recognized')
      }
      this.#asker = await bind(this.#context, operation, this.#address)
      this.#answer(id, 'bind', success)
    } catch (error) {
      this.#answer(id, 'bind', this.#refusal('bind', error).result())
    }
  }

  async #operate(message: Message<Request>, running: Running): Promise<void> {
    const { id, operation } = message
    try {
      const answer = await perform(this.#context, this.#asker, message, this.#sink(id, running))
      if (!answer || running.abandoned) return
      this.#witness.count(operation.kind, resultOf(answer.response))
      this.#send({ id, operation: answer.response, controls: answer.controls })
    } catch (error) {
      if (running.abandoned) return
      const refusal = this.#refusal(operation.kind, error)
      if (operation.kind === 'extended') {
        this.#witness.count('extended', refusal.resultCode)
        const response = { kind: 'extended', result: refusal.result(), oid: null, value: null } as const
        this.#send({ id, operation: response, controls: [] })
      } else if (operation.kind !== 'abandon' && operation.kind !== 'unbind') {
        this.#answer(id, operation.kind, refusal.result())
      }
    }
  }

  #sink(id: number, running: Running): Sink {
    return {
      entry: (dn, attributes) => {
        if (!running.abandoned) this.#send({ id, operation: { kind: 'entry', dn, attributes }, controls: [] })
      },
      room: () => this.#outbox.room,
      drained: () => this.#outbox.drained(),
      abandoned: () => running.abandoned || this.#ended,
      page: () => this.#page,
      keepPage: (state) => {
        this.#page = state
      },
    }
  }

  #refusal(operation: string, error: unknown): Refusal {
    if (error instanceof Refusal) return error
    this.#failed(operation, error)
    return new Refusal('other', 'internal error')
  }

  /** An error nobody foresaw: logged by kind and place, without what the client sent. */
  #failed(operation: string, error: unknown): void {
    const place = error instanceof Error ? (error.stack ?? '').split('\n').slice(1, 4).join(' ') : ''
    const name = error instanceof Error ? error.name : typeof error
    this.#witness.log('error', 'directory.operation.failed', { operation, error: name, place })
  }

  #send(message: Message<Response>): void {
    if (!this.#ended) this.#outbox.send(encodeResponse(message))
  }

  #answer(id: number, of: ResultKind, result: Result): void {
    this.#witness.count(of, result.code)
    this.#send({ id, operation: { kind: 'result', of, result }, controls: [] })
  }
}

function resultOf(response: Response): number {
  return response.kind === 'result' || response.kind === 'extended' ? response.result.code : 0
}
