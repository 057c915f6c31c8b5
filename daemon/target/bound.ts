import { isIP } from 'node:net'
import { connect, type ConnectionOptions } from 'node:tls'
import { Client } from 'ldapts'
import type { Clock } from '../../platform/clock.ts'
import { unavailable } from './refusal.ts'

/** A directory and who we are there. */
export interface Access {
  /** `ldap://host:port` or `ldaps://host:port`. */
  readonly url: string
  readonly bindDn: string
  readonly password: string
  readonly startTls: boolean
  /** Certificates (PEM) to trust instead of those of the system. */
  readonly ca?: string
  /** No operation and no connection attempt lasts longer. */
  readonly timeoutMs: number
  readonly clock: Clock
}

/** Opens a connection and binds, over TLS where it is asked for, else not at all. Throws TARGET_UNAVAILABLE (transient)
 *  whatever went wrong: no change was refused yet. */
export async function openBound(target: string, access: Access): Promise<Client> {
  const { url, bindDn, password, timeoutMs, startTls, ca } = access
  // A bind without a password succeeds without a name (RFC 4513, 5.1.2): it is never sent.
  if (password === '') throw unavailable(target, 'no password is set')
  const tlsOptions = ca === undefined ? {} : { ca }
  // Given to the constructor, options of TLS would start it at once, on the port of plain LDAP too.
  const secure = url.startsWith('ldaps:') ? { tlsOptions } : {}
  const upgrade = (options: ConnectionOptions) => secured(client, access, options)
  const client: Client = new Client({
    url,
    timeout: timeoutMs,
    connectTimeout: timeoutMs,
    ...(startTls ? { createSecureConnection: upgrade as typeof connect } : secure),
  })
  try {
    if (startTls) await client.startTLS(tlsOptions)
    await client.bind(bindDn, password)
    return client
  } catch (error) {
    await client.unbind().catch(() => undefined)
    throw unavailable(target, 'no connection', error)
  }
}

/** TLS over a connection that stands (RFC 4511, 4.14). Left to itself ldapts 9.2.0 checks the certificate of a server
 *  that is given by address against `localhost`, waits for the handshake for ever, and calls a connection bound that the
 *  server has closed since. */
function secured(client: Client, { url, timeoutMs }: Access, options: ConnectionOptions) {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '')
  const socket = connect({ ...options, host, ...(isIP(host) > 0 ? {} : { servername: host }) })
  socket.setTimeout(timeoutMs, () => socket.destroy(new Error('no TLS handshake in time')))
  socket.once('secureConnect', () => socket.setTimeout(0))
  socket.once('close', () => void client.unbind().catch(() => undefined))
  return socket
}
