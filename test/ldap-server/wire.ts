import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { parseFilter } from '../../ldap-protocol/filter-text.ts'
import { Frames } from '../../ldap-protocol/frames.ts'
import type {
  Control,
  Message,
  Request,
  Response,
  Scope,
  SearchRequest,
} from '../../ldap-protocol/message.ts'
import { encodeRequest } from '../../ldap-protocol/request.ts'
import { decodeResponse } from '../../ldap-protocol/response.ts'

/** A client that sends exactly what it is told, and shows exactly what comes back. */
export class Wire {
  readonly #socket: Socket
  readonly #frames = new Frames(64 * 1024 * 1024)
  readonly #received: Message<Response>[] = []
  #waiters: (() => void)[] = []
  #id = 0
  port = 0
  closed = false

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk) => {
      this.#frames.push(chunk)
      for (let frame = this.#frames.next(); frame; frame = this.#frames.next()) {
        this.#received.push(decodeResponse(frame))
      }
      this.#wake()
    })
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.closed = true
      this.#wake()
    })
  }

  static open(port: number): Promise<Wire> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port, noDelay: true }, () => {
        const w = new Wire(socket)
        w.port = port
        resolve(w)
      })
      socket.once('error', reject)
    })
  }

  #wake(): void {
    const waiters = this.#waiters
    this.#waiters = []
    for (const waiter of waiters) waiter()
  }

  raw(bytes: Buffer): void {
    this.#socket.write(bytes)
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  /** Sends a request without waiting; returns its number. */
  send(operation: Request, controls: Control[] = []): number {
    const id = ++this.#id
    this.#socket.write(encodeRequest({ id, operation, controls }))
    return id
  }

  /** Every message received for `id` up to the final one; undefined at the end if the server hung up. */
  async answers(id: number): Promise<Message<Response>[]> {
    for (;;) {
      const mine = this.#received.filter((message) => message.id === id)
      const last = mine.at(-1)?.operation.kind
      if (last === 'result' || last === 'extended' || this.closed) return mine
      await new Promise<void>((resolve) => this.#waiters.push(resolve))
    }
  }

  /** Sends a request and gives the final answer. */
  async ask(operation: Request, controls: Control[] = []): Promise<Message<Response>> {
    const last = (await this.answers(this.send(operation, controls))).at(-1)
    if (!last) throw new Error('the server hung up')
    return last
  }

  /** The result code of a request. */
  async code(operation: Request, controls: Control[] = []): Promise<number> {
    const { operation: answer } = await this.ask(operation, controls)
    return answer.kind === 'result' || answer.kind === 'extended' ? answer.result.code : -1
  }

  bind(name: string, password: string): Promise<number> {
    return this.code({
      kind: 'bind',
      version: 3,
      name,
      auth: { kind: 'simple', password: Buffer.from(password) },
    })
  }

  /** Lets go of what was received, for a connection that lives long. */
  forget(): void {
    this.#received.length = 0
  }

  /** Everything received so far, notices included. */
  get received(): readonly Message<Response>[] {
    return this.#received
  }

  async hungUp(): Promise<void> {
    while (!this.closed) await new Promise<void>((resolve) => this.#waiters.push(resolve))
  }

  close(): void {
    this.#socket.destroy()
  }
}

/** A search request with the usual blanks filled in. */
export function searchFor(
  base: string,
  filter = '(objectClass=*)',
  scope: Scope = 'subtree',
  more: Partial<SearchRequest> = {},
): SearchRequest {
  return {
    kind: 'search',
    base,
    scope,
    deref: 0,
    sizeLimit: 0,
    timeLimit: 0,
    typesOnly: false,
    filter: parseFilter(filter),
    attributes: [],
    ...more,
  }
}
