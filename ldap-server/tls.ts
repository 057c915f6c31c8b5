import type { Socket } from 'node:net'
import { TLSSocket, createSecureContext } from 'node:tls'
import type { SecureContext } from 'node:tls'
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
  #context: SecureContext

  /** @throws Error for what is no certificate, or a key of another one */
  constructor(options: TlsOptions) {
    this.asksClients = options.clientAuthorities !== null
    this.#context = makeContext(options)
  }

  /** @throws Error as the constructor; then the old certificate stays */
  reload(options: TlsOptions): void {
    this.#context = makeContext(options)
  }

  /** Takes over a connection as a server. */
  wrap(socket: Socket): TLSSocket {
    return new TLSSocket(socket, {
      isServer: true,
      secureContext: this.#context,
      requestCert: this.asksClients,
      // A certificate that does not hold makes nobody of its bearer, but not a stranger to everybody.
      rejectUnauthorized: false,
    })
  }
}

function makeContext({ certificate, key, clientAuthorities }: TlsOptions): SecureContext {
  return createSecureContext({
    cert: certificate,
    key,
    minVersion: 'TLSv1.2',
    ...(clientAuthorities === null ? {} : { ca: clientAuthorities }),
  })
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
