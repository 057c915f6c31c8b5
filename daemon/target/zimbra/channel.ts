import { Agent as PlainAgent, request as requestPlain, type IncomingMessage } from 'node:http'
import { Agent as TlsAgent, request as requestTls } from 'node:https'
import type { Clock } from '../../../platform/clock.ts'

/** Where Zimbra is asked, and within what bounds. */
export interface ChannelOptions {
  /** `https://host:7071/service/admin/soap/`; in clear on loopback alone, which the settings see to. */
  readonly url: string
  /** Certificates (PEM) to trust instead of those of the system. */
  readonly ca?: string
  /** Connections at the same time. */
  readonly connections: number
  readonly clock: Clock
}

/** No answer is longer, in bytes: a page of a listing takes a tenth of it. */
const longest = 64 * 1024 * 1024

export interface Reply {
  readonly status: number
  readonly text: string
}

/** Connections of its own to one Zimbra: they are kept, and each bears one request at a time. */
export class Channel {
  readonly #url: URL
  readonly #agent: PlainAgent | TlsAgent
  readonly #clock: Clock

  constructor({ url, ca, connections, clock }: ChannelOptions) {
    this.#url = new URL(url)
    this.#clock = clock
    const options = { keepAlive: true, maxSockets: connections, timeout: 60_000 }
    this.#agent =
      this.#url.protocol === 'https:'
        ? new TlsAgent({ ...options, ...(ca === undefined ? {} : { ca }) })
        : new PlainAgent(options)
  }

  /** Sends one request; whoever has no whole answer within `timeoutMs`, waiting for a connection included, gets an Error:
   *  what became of the request only reading tells. With `again` it is sent once more where a connection that was kept
   *  has ended meanwhile. */
  async post(text: string, timeoutMs: number, again: boolean): Promise<Reply> {
    const { promise, resolve, reject } = Promise.withResolvers<Reply>()
    const body = Buffer.from(text)
    const send = this.#url.protocol === 'https:' ? requestTls : requestPlain
    const request = send(this.#url, {
      method: 'POST',
      agent: this.#agent,
      headers: { 'content-type': 'application/soap+xml; charset=utf-8', 'content-length': body.length },
    })
    let late = false
    using _deadline = this.#clock.after(timeoutMs, () => {
      late = true
      request.destroy(new Error('no answer in time'))
    })
    let answered = false
    request.on('error', (error) => {
      if (again && request.reusedSocket && !answered && !late) resolve(this.post(text, timeoutMs, false))
      else reject(error)
    })
    request.on('response', (response) => {
      answered = true
      whole(response).then((answer) => resolve({ status: response.statusCode ?? 0, text: answer }), reject)
    })
    request.end(body)
    return await promise
  }

  close(): void {
    this.#agent.destroy()
  }
}

async function whole(response: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of response as AsyncIterable<Buffer>) {
    length += piece.length
    if (length > longest) {
      response.destroy()
      throw new Error('an answer that is too long')
    }
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString('utf8')
}
