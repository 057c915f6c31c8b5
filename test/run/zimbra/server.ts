import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { Certificates } from '../servers/certificates.ts'
import { answer } from './answer.ts'
import { Domain, Fault, type TestAccount } from './domain.ts'
import { faultOf, understand } from './soap.ts'

/** What is done to a request instead of answering it: it is refused, with a fault or another status; something else is
 *  said; nothing is; the connection ends before it is done, or after it was. */
export type Conduct =
  | { readonly fault: string; readonly by?: 'Sender' | 'Receiver' }
  | { readonly status: number }
  | { readonly say: string }
  | 'silence'
  | 'drop-before'
  | 'drop-after'

/** A Zimbra that keeps to its contract, and does as it is told: SOAP over HTTP(S), on real sockets. */
export interface TestZimbra {
  readonly url: string
  readonly domain: Domain
  /** Names of the requests that were done, in order. */
  readonly done: string[]
  /** Every request that came, as text. */
  readonly heard: string[]
  /** The next requests of this name are met so, one after the other. */
  misbehave(name: string, ...conducts: Conduct[]): void
  /** No token that was given is good any more. */
  expireTokens(): void
  /** Ends every connection that stands. */
  jolt(): void
  /** Connections at the same time, at most, since it was opened. */
  mostConnections(): number
  /** Whether anybody is answered at all. */
  down(isDown: boolean): void
  /** The account of an address, as it stands. */
  account(address: string): TestAccount | null
  /** Writes as somebody else would: the student in the webmail, another administrator. */
  change(address: string, attributes: Readonly<Record<string, string>>): void
  /** Nobody has a mailbox, and nothing is to go wrong. */
  empty(): void
  close(): Promise<void>
}

export interface TestZimbraOptions {
  readonly domain: string
  readonly certificates?: Certificates
  /** The greatest page that is given. */
  readonly pageSize?: number
}

export const administrator = {
  name: 'matricule@etu.sorbonne-universite.fr',
  password: 'mot de passe <&> de Zimbra',
}

export async function openZimbra({
  domain: name,
  certificates,
  pageSize = 1_000,
}: TestZimbraOptions): Promise<TestZimbra> {
  const domain = new Domain(name)
  const done: string[] = []
  const heard: string[] = []
  const conducts = new Map<string, Conduct[]>()
  const tokens = new Set<string>()
  const sockets = new Set<Socket>()
  const listings = new Map<string, readonly string[]>()
  let isDown = false
  let most = 0

  const reply = (response: ServerResponse, status: number, text: string) => {
    response.writeHead(status, { 'content-type': 'application/soap+xml; charset=utf-8' })
    response.end(text)
  }
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    if (isDown) {
      request.socket.destroy()
      return
    }
    const text = await bodyOf(request)
    heard.push(text)
    try {
      if (request.method !== 'POST' || request.url !== '/service/admin/soap/') {
        reply(response, 404, '<html></html>')
        return
      }
      if (!/^application\/soap\+xml/.test(request.headers['content-type'] ?? ''))
        throw new Fault('service.PARSE_ERROR')
      const asked = understand(text)
      const conduct = conducts.get(asked.name)?.shift()
      if (conduct === 'silence') return
      if (conduct === 'drop-before') {
        request.socket.destroy()
        return
      }
      if (typeof conduct === 'object' && 'status' in conduct) {
        reply(response, conduct.status, '<html>nobody at home</html>')
        return
      }
      if (typeof conduct === 'object' && 'say' in conduct) {
        reply(response, 200, conduct.say)
        return
      }
      if (typeof conduct === 'object') throw new Fault(conduct.fault, conduct.by)
      if (asked.name !== 'Auth') {
        if (asked.token === null) throw new Fault('service.AUTH_REQUIRED')
        if (!tokens.has(asked.token)) throw new Fault('service.AUTH_EXPIRED')
      }
      const said = answer(asked, {
        domain,
        administrator,
        listings,
        pageSize,
        newToken: () => tokenOf(tokens),
      })
      done.push(asked.name)
      if (conduct === 'drop-after') request.socket.destroy()
      else reply(response, 200, said)
    } catch (error) {
      const fault = error instanceof Fault ? error : new Fault('service.FAILURE', 'Receiver')
      reply(response, 500, faultOf(fault))
    }
  }
  const listener = (request: IncomingMessage, response: ServerResponse) => void serve(request, response)
  const server = certificates
    ? createTlsServer({ key: certificates.key, cert: certificates.certificate }, listener)
    : createServer(listener)
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    most = Math.max(most, sockets.size)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const jolt = () => sockets.forEach((socket) => socket.destroy())
  const account = (address: string) => {
    try {
      return domain.byAddress(address)
    } catch {
      return null
    }
  }
  return {
    url: `${certificates ? 'https' : 'http'}://127.0.0.1:${port}/service/admin/soap/`,
    domain,
    done,
    heard,
    misbehave: (request, ...all) => conducts.set(request, [...all]),
    expireTokens: () => tokens.clear(),
    jolt,
    mostConnections: () => most,
    down(down) {
      isDown = down
      if (down) jolt()
    },
    account,
    change(address, attributes) {
      const all = new Map(Object.entries(attributes).map(([key, value]) => [key, [value]]))
      domain.modify(domain.byAddress(address).id, all)
    },
    empty() {
      domain.accounts.clear()
      domain.others.clear()
      conducts.clear()
      done.length = 0
      heard.length = 0
      isDown = false
    },
    async close() {
      jolt()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function tokenOf(tokens: Set<string>): string {
  const token = `0_${randomUUID().replaceAll('-', '')}`
  tokens.add(token)
  return token
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece)
  return Buffer.concat(pieces).toString('utf8')
}
