import { connect } from 'node:net'
import { once } from 'node:events'
import { Frames } from '../ldap-protocol/frames.ts'
import type { Attribute } from '../ldap-protocol/message.ts'
import { encodeRequest } from '../ldap-protocol/request.ts'
import { decodeResponse } from '../ldap-protocol/response.ts'

/** An entry as the request that adds it. */
export function encodedAdd(id: number, dn: string, attributes: readonly Attribute[]): Buffer {
  return encodeRequest({ id, operation: { kind: 'add', dn, attributes }, controls: [] })
}

/** As bare as a client can be: requests that were encoded before, `window` under way, answers counted. Throws when one
 *  is an error. */
export async function sendAll(
  { url, bindDn, password }: { url: string; bindDn: string; password: string },
  requests: readonly Buffer[],
  window: number,
): Promise<void> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port), noDelay: true })
  await once(socket, 'connect')
  const frames = new Frames()
  const { promise, resolve, reject } = Promise.withResolvers<undefined>()
  let sent = 0
  let answered = -1
  const send = () => {
    const until = Math.min(requests.length, answered + window)
    if (sent < until) socket.write(Buffer.concat(requests.slice(sent, until)))
    sent = Math.max(sent, until)
  }
  socket.on('error', reject)
  socket.on('data', (chunk: Buffer) => {
    frames.push(chunk)
    for (let frame = frames.next(); frame !== null; frame = frames.next()) {
      const { operation } = decodeResponse(frame)
      if (!('result' in operation) || operation.result.code !== 0) {
        reject(new Error(`answer ${answered + 1} was no success`))
        return
      }
      answered += 1
    }
    if (answered === requests.length) resolve(undefined)
    else send()
  })
  const auth = { kind: 'simple', password: Buffer.from(password) } as const
  socket.write(
    encodeRequest({
      id: requests.length + 1,
      operation: { kind: 'bind', version: 3, name: bindDn, auth },
      controls: [],
    }),
  )
  await promise.finally(() => socket.destroy())
}
