import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { readPage, writePage } from '../../ldap-protocol/controls.ts'
import { parseFilter } from '../../ldap-protocol/filter-text.ts'
import { Frames } from '../../ldap-protocol/frames.ts'
import type { Control, Message, Request, Response } from '../../ldap-protocol/message.ts'
import { control, extension } from '../../ldap-protocol/oids.ts'
import { encodeRequest } from '../../ldap-protocol/request.ts'
import { decodeResponse } from '../../ldap-protocol/response.ts'
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

/** A connection of our own to one directory, for reading all of it: entries come as the messages that they are, and are
 *  decoded once. Every failure is TARGET_UNAVAILABLE (transient) or TARGET_REFUSED. */
export class Conversation implements Disposable {
  readonly #target: string
  readonly #timeoutMs: number
  #socket: Socket
  #frames = new Frames()
  #lastId = 0
  #broken: Error | null = null
  #arrived: Buffer[] = []
  #wake: (() => void) | null = null

  private constructor(target: string, socket: Socket, timeoutMs: number) {
    this.#target = target
    this.#timeoutMs = timeoutMs
    this.#socket = socket
    this.#listen()
  }

  /** Connects and binds, over TLS where it is asked for, else not at all. */
  static async open(target: string, access: Access): Promise<Conversation> {
    const { url, bindDn, password, timeoutMs, startTls, ca } = access
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
    const conversation = new Conversation(target, socket, timeoutMs)
    try {
      if (startTls) {
        await conversation.#ask({ kind: 'extended', oid: extension.startTls, value: null })
        conversation.#secure(named)
      }
      const auth = { kind: 'simple', password: Buffer.from(password) } as const
      await conversation.#ask({ kind: 'bind', version: 3, name: bindDn, auth })
      return conversation
    } catch (error) {
      conversation[Symbol.dispose]()
      throw unavailable(target, 'no connection', error)
    }
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
    const ask = (cookie: Buffer) =>
      this.#send(search, [{ oid: control.pagedResults, critical: true, value: writePage(pageSize, cookie) }])
    ask(Buffer.alloc(0))
    for (;;) {
      const entries: Buffer[] = []
      let end: Message<Response> | null = null
      while (end === null) {
        const frame = await this.#next()
        const tag = operationOf(frame)
        if (tag === entryTag) entries.push(frame)
        else if (tag !== referenceTag) end = decodeResponse(frame)
      }
      this.#judge(end)
      const page = end.controls.find(({ oid }) => oid === control.pagedResults)?.value
      const cookie = page ? readPage(page).cookie : Buffer.alloc(0)
      if (cookie.length > 0) ask(cookie)
      yield entries
      if (cookie.length === 0) return
    }
  }

  [Symbol.dispose](): void {
    if (this.#broken === null && this.#socket.writable) this.#send({ kind: 'unbind' })
    this.#socket.destroy()
  }

  async #ask(request: Request): Promise<void> {
    this.#send(request)
    this.#judge(decodeResponse(await this.#next()))
  }

  #send(operation: Request, controls: readonly Control[] = []): void {
    this.#lastId += 1
    this.#socket.write(encodeRequest({ id: this.#lastId, operation, controls }))
  }

  /** @throws when an operation ended badly, or it was not an answer to us */
  #judge({ id, operation }: Message<Response>): void {
    if (id !== this.#lastId || !('result' in operation))
      throw unavailable(this.#target, 'an answer to nobody')
    if (operation.result.code !== 0) throw answered(this.#target, operation.result.code)
  }

  /** The next message, as soon as it is there; silence is waited for as long as one operation may take. */
  async #next(): Promise<Buffer> {
    for (;;) {
      const frame = this.#arrived.shift() ?? this.#frames.next()
      if (frame) return frame
      if (this.#broken) throw unavailable(this.#target, 'the connection was closed', this.#broken)
      this.#socket.setTimeout(this.#timeoutMs)
      await new Promise<void>((resolve) => (this.#wake = resolve))
      this.#socket.setTimeout(0)
    }
  }

  #listen(): void {
    const socket = this.#socket
    const ended = (error: Error) => {
      this.#broken ??= error
      this.#wake?.()
    }
    socket.on('data', (chunk: Buffer) => {
      try {
        this.#frames.push(chunk)
      } catch (error) {
        socket.destroy(error as Error)
      }
      this.#wake?.()
    })
    socket.on('timeout', () => socket.destroy(new Error('no answer in time')))
    socket.on('error', ended)
    socket.on('close', () => ended(new Error('closed')))
  }

  /** TLS over the connection that stands (RFC 4511, 4.14). */
  #secure(options: { host: string; servername?: string; ca?: string }): void {
    this.#socket.removeAllListeners('data').removeAllListeners('close').removeAllListeners('timeout')
    // What came in clear after the answer is nobody's word.
    this.#frames = new Frames()
    this.#socket = connectTls({ socket: this.#socket, ...options })
    this.#listen()
  }
}

const entryTag = 0x64
const referenceTag = 0x73

/** The tag of the operation in a message: after its own header and the number. */
function operationOf(frame: Buffer): number {
  const first = frame[1] ?? 0
  const id = 2 + (first < 0x80 ? 0 : first & 0x7f)
  return frame[id + 2 + (frame[id + 1] ?? 0)] ?? 0
}
