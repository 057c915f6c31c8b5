import { connect } from 'node:net'
import fc from 'fast-check'
import { Frames } from '../../ldap-protocol/frames.ts'
import { decodeRequest, encodeRequest } from '../../ldap-protocol/request.ts'
import { message, request } from '../ldap-protocol/arbitraries.ts'
import { ada, people, start, suffix, writer } from './running.ts'
import { Wire, searchFor } from './wire.ts'

const mostPerConnection = 50
const atOnce = 8

/** Throws `count` changed messages, drawn from a seed, at a directory of the house, and says what they did that they may
 *  not: end it, stall somebody else, or change what is in it. */
export async function throwMutations(seed: number, count: number): Promise<string[]> {
  const failures: string[] = []
  await using server = await start({
    log: (level, event, facts) => {
      if (level === 'error') failures.push(`${event} ${JSON.stringify(facts)}`)
    },
  })
  const other = await Wire.open(server.port)
  const must = (what: string, holds: boolean) => {
    if (!holds) failures.push(what)
  }
  must('nobody can bind', (await other.bind(writer, 'demo')) === 0)
  const groups = grouped(fc.sample(spoilt, { numRuns: count, seed }))
  for (let at = 0; at < groups.length; at += atOnce) {
    const thrown = Promise.all(groups.slice(at, at + atOnce).map((group) => throwAt(server.port, group)))
    must('somebody else is not answered', (await other.code(searchFor(ada, '(uid=*)', 'base'))) === 0)
    await thrown
  }
  must(`it holds ${server.directory.size()} entries`, server.directory.size() === 7)
  must('a search finds something else', (await other.answers(other.send(searchFor(suffix)))).length === 8)
  other.close()
  return failures
}

const bind = { kind: 'bind', version: 3, name: ada } as const
const known = fc.constantFrom(
  { ...bind, auth: { kind: 'simple', password: Buffer.from('21100001') } as const },
  searchFor(ada, '(|(cn=a*)(!(&(uid>=1)(mail~=x)))(cn:dn:caseExactMatch:=y))'),
  searchFor('', '(objectClass=*)', 'base', { attributes: ['*', '+'] }),
  searchFor(`cn=a\\,b+uid=\\c3\\a9,#0401`, '(uid=1)'),
  { kind: 'compare', dn: people, type: 'ou', value: Buffer.from('people') } as const,
  { kind: 'delete', dn: ada } as const,
  { kind: 'rename', dn: ada, newRdn: 'uid=2', deleteOldRdn: true, newSuperior: suffix } as const,
)

/** Requests, well formed or nearly, with bytes changed or cut off. */
const spoilt = fc
  .tuple(
    message(fc.oneof(request, known)),
    fc.array(fc.tuple(fc.nat({ max: 0xffff }), fc.integer({ min: 0, max: 255 })), { maxLength: 4 }),
    fc.option(fc.nat({ max: 0xffff }), { freq: 8 }),
  )
  .map(([sent, wounds, cut]) => {
    const bytes = Buffer.from(encodeRequest(sent))
    for (const [at, value] of wounds) bytes[at % bytes.length] = value
    return cut === null ? bytes : bytes.subarray(0, 1 + (cut % bytes.length))
  })

/** Puts messages together so that each is looked at: one that ends its connection comes last in it. */
function grouped(samples: readonly Buffer[]): Buffer[][] {
  const groups: Buffer[][] = [[]]
  for (const sample of samples) {
    groups.at(-1)?.push(sample)
    if (endsConnection(sample) || groups.at(-1)?.length === mostPerConnection) groups.push([])
  }
  return groups
}

function endsConnection(bytes: Buffer): boolean {
  try {
    const frames = new Frames()
    frames.push(bytes)
    const frame = frames.next()
    return frame === null || !frames.empty || decodeRequest(frame).operation.kind === 'unbind'
  } catch {
    return true
  }
}

/** Sends bytes and waits until the server has hung up, or has answered what could be answered. */
const throwAt = (port: number, chunks: readonly Buffer[]): Promise<void> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port }, () => {
      for (const chunk of chunks) socket.write(chunk)
      socket.end()
    })
    socket.on('error', () => undefined)
    socket.on('close', () => resolve())
    socket.resume()
  })
