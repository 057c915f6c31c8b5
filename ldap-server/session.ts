import type { Socket } from 'node:net'
import { MalformedError } from '../ldap-protocol/ber-reader.ts'
import type {
  BindRequest,
  Control,
  ExtendedRequest,
  Message,
  Request,
  Response,
  Result,
  ResultKind,
} from '../ldap-protocol/message.ts'
import { extension } from '../ldap-protocol/oids.ts'
import { decodeRequest } from '../ldap-protocol/request.ts'
import { encodeEntry, encodeResponse } from '../ldap-protocol/response.ts'
import { resultCode } from '../ldap-protocol/result-code.ts'
import { bind } from './bind.ts'
import { nobody } from './context.ts'
import type { Asker, Context } from './context.ts'
import { readCancel } from './extended.ts'
import { Link } from './link.ts'
import { perform } from './perform.ts'
import type { Answer } from './perform.ts'
import type { PageState } from './page.ts'
import { Refusal, success } from './refusal.ts'
import { readAsked } from './request-controls.ts'
import { Running } from './running.ts'
import type { Sink } from './sink.ts'

/** What a session tells its server. */
export interface Witness {
  log(level: 'info' | 'warn' | 'error', event: string, facts: Record<string, unknown>): void
  count(operation: string, resultCode: number): void
}

/** One connection. Requests are answered as they are done; a bind waits for those before it and holds those
 *  after it (RFC 4511 §4.2.1). Whatever arrives, the session ends only itself. */
export class Session {
  readonly #context: Context
  readonly #witness: Witness
  readonly #link: Link
  readonly #queue: Message<Request>[] = []
  readonly #running = new Map<number, Running>()
  #asker: Asker = nobody
  #page: PageState | null = null
  #busy = 0
  #binding = false

  /** @param secure whether TLS comes before the first message */
  constructor(context: Context, socket: Socket, witness: Witness, secure = false) {
    this.#context = context
    this.#witness = witness
    this.#link = new Link(context, socket, secure, {
      take: (frame) => this.#accept(decodeRequest(frame, context.limits.nesting)),
      ready: () => this.#busy + this.#queue.length < context.limits.operationsPerConnection,
      idle: () => this.#busy === 0 && this.#queue.length === 0,
      over: () => {
        this.#queue.length = 0
        for (const one of this.#running.values()) one.abandon()
        this.#keepPage(null)
      },
      failed: (error) => this.#malformed(error),
      silent: () => this.end('unavailable', 'idle for too long'),
      stalled: () => witness.log('warn', 'directory.session.stalled', {}),
    })
  }

  /** Ends the session with a notice (RFC 4511 §4.4.1). */
  end(code: keyof typeof resultCode, message: string): void {
    if (this.#link.ended) return
    const result = { code: resultCode[code], matchedDN: '', message }
    this.#send({
      id: 0,
      operation: { kind: 'extended', result, oid: extension.noticeOfDisconnection, value: null },
      controls: [],
    })
    this.#link.close()
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
      this.#link.close()
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
    this.#running.get(id)?.abandon()
    const waiting = this.#queue.findIndex((message) => message.id === id && message.operation.kind !== 'bind')
    if (waiting >= 0) this.#queue.splice(waiting, 1)
  }

  #start(): void {
    for (let next = this.#queue[0]; next && !this.#binding; next = this.#queue[0]) {
      if (next.operation.kind === 'bind') {
        // What would never end is ended by a bind.
        for (const one of this.#running.values()) if (one.persists) one.abandon()
        if (this.#busy > 0) return
        this.#binding = true
      }
      this.#queue.shift()
      this.#run(next)
    }
  }

  /** What can be done at once is, without a promise: most binds and searches, which cost little more than those. */
  #run(message: Message<Request>): void {
    const { id, operation } = message
    const running = new Running(operation.kind)
    this.#running.set(id, running)
    this.#busy++
    const done = (): void => {
      this.#busy--
      running.end()
      if (this.#running.get(id) === running) this.#running.delete(id)
      if (operation.kind === 'bind') this.#binding = false
    }
    let later: Promise<void> | null = null
    try {
      later = operation.kind === 'bind' ? this.#bind(message, operation) : this.#operate(message, running)
    } catch (error) {
      this.#failed(operation.kind, error)
    }
    if (!later) {
      done()
      return
    }
    void later
      .catch((error: unknown) => this.#failed(operation.kind, error))
      .then(() => {
        done()
        if (this.#link.ended) return
        this.#start()
        this.#link.resume()
      })
  }

  /** @returns null when it has been answered */
  #bind({ id, controls }: Message<Request>, request: BindRequest): Promise<void> | null {
    this.#asker = nobody
    this.#keepPage(null)
    const bound = (asker: Asker): void => {
      this.#asker = asker
      this.#answer(id, 'bind', success)
    }
    const refused = (error: unknown): void => this.#answer(id, 'bind', this.#refusal('bind', error).result())
    try {
      if (controls.some(({ critical }) => critical)) {
        throw new Refusal('unavailableCriticalExtension', 'critical extension is not recognized')
      }
      const asker = bind(this.#context, request, this.#link.channel)
      if (asker instanceof Promise) return asker.then(bound, refused)
      bound(asker)
    } catch (error) {
      refused(error)
    }
    return null
  }

  /** @returns null when it has been answered */
  #operate(message: Message<Request>, running: Running): Promise<void> | null {
    const { id, operation } = message
    const answered = (answer: Answer | null): void => {
      if (running.abandoned) return
      if (running.cancelled) throw new Refusal('canceled')
      if (!answer) return
      this.#witness.count(operation.kind, resultOf(answer.response))
      this.#send({ id, operation: answer.response, controls: answer.controls })
    }
    const refused = (error: unknown): void => {
      if (running.abandoned) return
      const refusal = this.#refusal(operation.kind, error)
      if (operation.kind === 'extended') this.#extended(id, refusal.result())
      else if (operation.kind !== 'abandon' && operation.kind !== 'unbind') {
        this.#answer(id, operation.kind, refusal.result(), refusal.controls)
      }
    }
    try {
      const ofSession = operation.kind === 'extended' && this.#ofSession(message, operation)
      if (ofSession instanceof Promise) return ofSession.catch(refused)
      if (ofSession) return null
      const answer = perform(this.#context, this.#asker, message, this.#sink(id, running))
      if (answer instanceof Promise) return answer.then(answered).catch(refused)
      answered(answer)
    } catch (error) {
      refused(error)
    }
    return null
  }

  /** Extended operations that concern the session. @returns whether it was one. @throws Refusal */
  #ofSession(
    { id, controls }: Message<Request>,
    { oid, value }: ExtendedRequest,
  ): boolean | Promise<undefined> {
    if (oid !== extension.startTls && oid !== extension.cancel) return false
    readAsked('extended', controls, this.#context.schema, this.#context.limits.nesting)
    if (oid === extension.cancel) return this.#cancel(id, readCancel(value))
    this.#startTls(id, value)
    return true
  }

  /** RFC 4511 §4.14. What came in clear after the request could be anybody's: the session ends then. */
  #startTls(id: number, value: Buffer | null): void {
    if (value) throw new Refusal('protocolError', 'no request data expected')
    if (!this.#context.tls) throw new Refusal('protocolError', 'TLS is not offered')
    if (this.#link.secured) throw new Refusal('operationsError', 'TLS already started')
    if (this.#busy > 1) throw new Refusal('operationsError', 'other operations are under way')
    this.#extended(id, success)
    this.#link.outbox.flush()
    if (this.#link.between && this.#queue.length === 0) this.#link.secure()
    else this.end('protocolError', 'StartTLS must come last')
  }

  /** RFC 3909: ends another operation, which answers 118. Rejects with Refusal 119, 121. */
  async #cancel(id: number, other: number): Promise<undefined> {
    const running = this.#running.get(other)
    if (!running || other === id) throw new Refusal('noSuchOperation')
    if (!running.cancellable || running.stopped) throw new Refusal('cannotCancel')
    await running.cancel()
    this.#extended(id, success)
  }

  #sink(id: number, running: Running): Sink {
    const { outbox } = this.#link
    return {
      entry: (dn, attributes, controls = []) => {
        if (!running.stopped) this.#link.send(encodeEntry(id, dn, attributes, controls))
      },
      intermediate: (value) => {
        const operation = { kind: 'intermediate', oid: extension.syncInfo, value } as const
        if (!running.stopped) this.#send({ id, operation, controls: [] })
      },
      persisting: (wake) => running.persist(wake),
      room: () => outbox.room,
      drained: () => outbox.drained(),
      abandoned: () => running.stopped || this.#link.ended,
      page: () => this.#page,
      keepPage: (state) => this.#keepPage(state),
    }
  }

  /** What a search held for its next page is let go where another takes its place, or nobody is there to ask. */
  #keepPage(state: PageState | null): void {
    const next = this.#link.ended ? null : state
    for (const held of [state?.held, this.#page?.held]) {
      if (held && held !== next?.held) held[Symbol.dispose]()
    }
    this.#page = next
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
    this.#link.send(encodeResponse(message))
  }

  #answer(id: number, of: ResultKind, result: Result, controls: readonly Control[] = []): void {
    this.#witness.count(of, result.code)
    this.#send({ id, operation: { kind: 'result', of, result }, controls })
  }

  #extended(id: number, result: Result): void {
    this.#witness.count('extended', result.code)
    this.#send({ id, operation: { kind: 'extended', result, oid: null, value: null }, controls: [] })
  }
}

function resultOf(response: Response): number {
  return response.kind === 'result' || response.kind === 'extended' ? response.result.code : 0
}
