import type { Socket } from 'node:net'
import { createSecureContext, createServer } from 'node:tls'
import type { SecureContextOptions, Server, TLSSocket } from 'node:tls'
import type { Schema } from '../ldap-protocol/schema.ts'

/** What makes TLS possible; all PEM. */
export interface TlsOptions {
  readonly certificate: string
  readonly key: string
  /** Authorities whose certificates clients may show, for SASL EXTERNAL; null: clients are not asked for one. */
  readonly clientAuthorities: string | null
}

/** A connection as a bind sees it. */
export interface Channel {
  readonly address: string
  /** Whether nobody can listen. */
  readonly secure: boolean
  /** The normal name in the client's certificate, once checked against the authorities; null without one. */
  readonly certificateName: string | null
}

/** Makes connections secure. The certificate may be changed while running: what is begun goes on, who comes next sees
 *  the new one. */
export class Tls {
  readonly asksClients: boolean
  readonly #server: Server
  /** Who waits for the end of a handshake, by the two ends of the connection. */
  readonly #waiting = new Map<string, (socket: TLSSocket) => void>()

  /** @param handshakeMs a connection that has not shaken hands by then is ended
   *  @throws Error for what is no certificate, or a key of another one */
  constructor(options: TlsOptions, handshakeMs: number) {
    this.asksClients = options.clientAuthorities !== null
    this.#server = createServer({
      ...contextOf(options),
      handshakeTimeout: handshakeMs,
      requestCert: this.asksClients,
      // A certificate that does not hold makes nobody of its bearer, but not a stranger to everybody.
      rejectUnauthorized: false,
    })
    this.#server.on('secureConnection', (socket) => {
      const key = endsOf(socket)
      const then = this.#waiting.get(key)
      this.#waiting.delete(key)
      if (then) then(socket)
      else socket.destroy()
    })
    // Whoever cannot shake hands is nobody's concern, and gone already.
    this.#server.on('tlsClientError', (_error, socket) => socket.destroy())
  }

  /** @throws Error as the constructor; then the old certificate stays */
  reload(options: TlsOptions): void {
    createSecureContext(contextOf(options))
    this.#server.setSecureContext(contextOf(options))
  }

  /** Takes over a connection as a server. @param then is given it once both have shaken hands, if they do */
  accept(socket: Socket, then: (secured: TLSSocket) => void): void {
    const key = endsOf(socket)
    this.#waiting.set(key, then)
    socket.once('close', () => this.#waiting.delete(key))
    this.#server.emit('connection', socket)
  }
}

function endsOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress ?? ''} ${remotePort ?? 0} ${localAddress ?? ''} ${localPort ?? 0}`
}

function contextOf({ certificate, key, clientAuthorities }: TlsOptions): SecureContextOptions {
  return {
    cert: certificate,
    key,
    minVersion: 'TLSv1.2',
    ...(clientAuthorities === null ? {} : { ca: clientAuthorities }),
  }
}

/** The normal name in the certificate that a client showed; null without one, with one that does not hold, or with a
 *  name that the schema cannot read. */
export function certificateName(socket: TLSSocket, schema: Schema): string | null {
  if (!socket.authorized) return null
  const subject = socket.getPeerX509Certificate()?.subject
  if (subject === undefined || subject === '') return null
  // One RDN a line, the root first; `+` joins the parts of one.
  return schema.dn(subject.split('\n').reverse().join(','))
}
