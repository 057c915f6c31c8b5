import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { readPage, writePage } from '../../ldap-protocol/controls.ts'
import { parseFilter } from '../../ldap-protocol/filter-text.ts'
import { Frames } from '../../ldap-protocol/frames.ts'
import type { Control, Message, Request, Response } from '../../ldap-protocol/message.ts'
import { control, extension } from '../../ldap-protocol/oids.ts'
import { encodeRequest } from '../../ldap-protocol/request.ts'
import { decodeResponse } from '../../ldap-protocol/response.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Access } from './bound.ts'
import { answered, unavailable } from './refusal.ts'

/** What is read of a tree. */
export interface Reading {
  readonly base: string
  /** As text (RFC 4515). */
  readonly filter: string
  readonly attributes: readonly string[]
  /** Entries of one page (RFC 2696): a server gives a whole tree to few, and a page to many. */
  readonly pageSize: number
}

/** What came back for one request. */
export interface Answer {
  /** The messages that bring entries, as they came; with them those in between that a control has brought. */
  readonly entries: readonly Buffer[]
  /** The controls of the last message. */
  readonly controls: readonly Control[]
}

/** A request on its way. */
interface Waiting {
  /** Takes a message that is not the last. */
  readonly hear: (message: Buffer) => void
  /** When something of it was last heard, on the monotonic clock. */
  heard: number
  readonly resolve: (end: Message<Response>) => void
  readonly reject: (error: unknown) => void
}

/** A connection of our own to one directory. Any number of requests may be under way; each is answered by itself. Every
 *  failure is TARGET_UNAVAILABLE (transient) or TARGET_REFUSED. A request that nothing is heard of for as long as one
 *  operation may take ends the connection, and with it all that are under way: what became of them only reading tells. */
export class Conversation implements Disposable {
  readonly #target: string
  readonly #timeoutMs: number
  readonly #waiting = new Map<number, Waiting>()
  #socket: Socket
  #frames = new Frames()
  #lastId = 0
  #broken: Error | null = null
  readonly #clock: Clock
  #outgoing: Buffer[] = []
  #watch: Disposable | null = null

  private constructor(target: string, socket: Socket, { timeoutMs, clock }: Access) {
    this.#target = target
    this.#timeoutMs = timeoutMs
    this.#clock = clock
    this.#socket = socket
    this.#listen()
  }

  /** Connects and binds, over TLS where it is asked for, else not at all. */
  static async open(target: string, access: Access): Promise<Conversation> {
    const { url, bindDn, password, startTls, ca } = access
    // A bind without a password succeeds without a name (RFC 4513, 5.1.2): it is never sent.
    if (password === '') throw unavailable(target, 'no password is set')
    const { protocol, hostname, port } = new URL(url)
    const host = hostname.replace(/^\[|\]$/g, '')
    const named = {
      host,
      ...(isIP(host) > 0 ? {} : { servername: host }),
      ...(ca === undefined ? {} : { ca }),
    }
    const at = { host, port: Number(port) || (protocol === 'ldaps:' ? 636 : 389) }
    const socket = protocol === 'ldaps:' ? connectTls({ ...named, ...at }) : connectPlain(at)
    const conversation = new Conversation(target, socket, access)
    try {
      if (startTls) {
        await conversation.ask({ kind: 'extended', oid: extension.startTls, value: null })
        conversation.#secure(named)
      }
      const auth = { kind: 'simple', password: Buffer.from(password) } as const
      await conversation.ask({ kind: 'bind', version: 3, name: bindDn, auth })
      return conversation
    } catch (error) {
      conversation[Symbol.dispose]()
      throw unavailable(target, `no connection (${rootOf(error)})`, error)
    }
  }

  /** Whether the connection has ended, by whichever side. */
  get isOver(): boolean {
    return this.#broken !== null
  }

  /** Sends a request; what came back, unless it was an error. */
  async ask(operation: Request, controls: readonly Control[] = []): Promise<Answer> {
    const entries: Buffer[] = []
    const end = await this.#end(operation, controls, (message) => entries.push(message))
    return { entries, controls: end }
  }

  /** As `ask`, for more than memory should hold: messages as they come, some at a time, and the controls of the last one
   *  when all were taken. While nobody takes them no more are read, on the whole connection. */
  async *stream(
    operation: Request,
    controls: readonly Control[],
  ): AsyncGenerator<readonly Buffer[], readonly Control[]> {
    const heard = { messages: [] as Buffer[], isOver: false, wake: (): void => undefined }
    const end = this.#end(operation, controls, (message) => {
      heard.messages.push(message)
      if (heard.messages.length >= mostUntaken) this.#socket.pause()
      heard.wake()
    }).finally(() => {
      heard.isOver = true
      heard.wake()
    })
    // Whoever stops reading leaves what went wrong behind.
    end.catch(() => undefined)
    try {
      for (;;) {
        if (heard.messages.length === 0 && !heard.isOver)
          await new Promise<void>((resolve) => (heard.wake = resolve))
        const taken = heard.messages
        heard.messages = []
        if (taken.length > 0) yield taken
        this.#socket.resume()
        // The silence was ours.
        for (const each of this.#waiting.values()) each.heard = this.#clock.monotonic()
        if (heard.isOver && heard.messages.length === 0) return await end
      }
    } finally {
      this.#socket.resume()
    }
  }

  /** Sends a request and waits for its last message; its controls, unless it was an error. */
  async #end(
    operation: Request,
    controls: readonly Control[],
    hear: (message: Buffer) => void,
  ): Promise<readonly Control[]> {
    const end = await new Promise<Message<Response>>((resolve, reject) => {
      this.#send(operation, controls, { hear, heard: this.#clock.monotonic(), resolve, reject })
    })
    if (!('result' in end.operation)) throw unavailable(this.#target, 'an answer of another kind')
    if (end.operation.result.code !== 0) throw answered(this.#target, end.operation.result.code)
    return end.controls
  }

  /** The entries that a reading brings, page by page: the next one is on its way while one is looked at. */
  async *read({ base, filter, attributes, pageSize }: Reading): AsyncGenerator<readonly Buffer[]> {
    const search: Request = {
      kind: 'search',
      base,
      scope: 'subtree',
      deref: 0,
      sizeLimit: 0,
      timeLimit: 0,
      typesOnly: false,
      filter: parseFilter(filter),
      attributes,
    }
    const ask = (cookie: Buffer): Promise<Answer> => {
      const page = this.ask(search, [
        { oid: control.pagedResults, critical: true, value: writePage(pageSize, cookie) },
      ])
      // Whoever stops reading leaves a page behind, and with it what went wrong there.
      page.catch(() => undefined)
      return page
    }
    let coming: Promise<Answer> | null = ask(Buffer.alloc(0))
    while (coming !== null) {
      const { entries, controls }: Answer = await coming
      const page: Buffer | null | undefined = controls.find(({ oid }) => oid === control.pagedResults)?.value
      const cookie: Buffer = page ? readPage(page).cookie : Buffer.alloc(0)
      coming = cookie.length > 0 ? ask(cookie) : null
      yield entries
    }
  }

  [Symbol.dispose](): void {
    if (this.#broken === null && this.#socket.writable) {
      this.#write(this.#nextId(), { kind: 'unbind' }, [])
      this.#flush()
    }
    this.#socket.destroy()
    this.#ended(new Error('closed by us'))
  }

  #nextId(): number {
    this.#lastId = (this.#lastId % 0x7fffffff) + 1
    return this.#lastId
  }

  #send(operation: Request, controls: readonly Control[], waiting: Waiting): void {
    if (this.#broken !== null) {
      waiting.reject(unavailable(this.#target, 'the connection was closed', this.#broken))
      return
    }
    const id = this.#nextId()
    this.#waiting.set(id, waiting)
    this.#watch ??= this.#clock.after(this.#timeoutMs / 4, () => this.#lookForSilence())
    this.#write(id, operation, controls)
  }

  #write(id: number, operation: Request, controls: readonly Control[]): void {
    this.#outgoing.push(encodeRequest({ id, operation, controls }))
    // What is asked for in one turn leaves in one piece.
    if (this.#outgoing.length === 1) setImmediate(() => this.#flush())
  }

  #flush(): void {
    const pieces = this.#outgoing
    this.#outgoing = []
    if (pieces.length > 0 && this.#socket.writable) this.#socket.write(Buffer.concat(pieces))
  }

  #lookForSilence(): void {
    this.#watch = null
    const before = this.#clock.monotonic() - this.#timeoutMs
    if ([...this.#waiting.values()].some(({ heard }) => heard <= before))
      this.#socket.destroy(new Error('no answer in time'))
    else if (this.#waiting.size > 0)
      this.#watch = this.#clock.after(this.#timeoutMs / 4, () => this.#lookForSilence())
  }

  #arrived(): void {
    const now = this.#clock.monotonic()
    for (let frame = this.#frames.next(); frame !== null; frame = this.#frames.next()) {
      const id = idOf(frame)
      const tag = tagOf(frame)
      const waiting = this.#waiting.get(id)
      // Nobody asked: a notice of disconnection (RFC 4511, 4.4.1), which the end of the connection follows.
      if (waiting === undefined) continue
      if (tag === entryTag || tag === intermediateTag) {
        waiting.heard = now
        waiting.hear(frame)
      } else if (tag !== referenceTag) {
        this.#waiting.delete(id)
        waiting.resolve(decodeResponse(frame))
      }
    }
  }

  #ended(error: Error): void {
    this.#broken ??= error
    this.#watch?.[Symbol.dispose]()
    this.#watch = null
    for (const { reject } of this.#waiting.values())
      reject(unavailable(this.#target, 'the connection was closed', this.#broken))
    this.#waiting.clear()
  }

  #listen(): void {
    const socket = this.#socket
    socket.setNoDelay(true)
    socket.setKeepAlive(true, 30_000)
    socket.on('data', (chunk: Buffer) => {
      try {
        this.#frames.push(chunk)
        this.#arrived()
      } catch (error) {
        socket.destroy(error as Error)
      }
    })
    socket.on('error', (error) => this.#ended(error))
    socket.on('close', () => this.#ended(new Error('closed')))
  }

  /** TLS over the connection that stands (RFC 4511, 4.14). */
  #secure(options: { host: string; servername?: string; ca?: string }): void {
    this.#socket.removeAllListeners('data').removeAllListeners('close')
    // What came in clear after the answer is nobody's word.
    this.#frames = new Frames()
    this.#socket = connectTls({ socket: this.#socket, ...options })
    this.#listen()
  }
}

/** What an error comes from in the end: `connect ECONNREFUSED 127.0.0.1:389`. */
function rootOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? rootOf(error.cause) : error.message
}

/** Messages that wait to be taken before no more are read. */
const mostUntaken = 4_000
const entryTag = 0x64
const referenceTag = 0x73
const intermediateTag = 0x79

/** Where the number of a message begins (RFC 4511, 4.1.1). */
function numberIn(frame: Buffer): number {
  const first = frame[1] ?? 0
  return 2 + (first < 0x80 ? 0 : first & 0x7f)
}

/** The number of a message; one of a length that none of ours has is nobody's. */
function idOf(frame: Buffer): number {
  const at = numberIn(frame)
  const length = frame[at + 1] ?? 0
  let id = length > 4 ? -1 : 0
  for (let n = 0; n < length && id >= 0; n++) id = id * 256 + (frame[at + 2 + n] ?? 0)
  return id
}

/** The tag of the operation in a message. */
export function tagOf(frame: Buffer): number {
  const at = numberIn(frame)
  return frame[at + 2 + (frame[at + 1] ?? 0)] ?? 0
}
