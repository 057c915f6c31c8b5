import { connect } from 'node:net'
import { encodeRequest } from '../ldap-protocol/request.ts'
import type { Request } from '../ldap-protocol/message.ts'
import { systemClock } from '../platform/clock.ts'
import { parseFilter } from '../ldap-protocol/filter-text.ts'
import { entryOf, nameOf, passwordOf, people, service } from './ldap-people.ts'

/** A client in a process of its own: so many connections, one request under way on each, for so many seconds. Prints
 *  `{rate, p50_ms, p99_ms, wrong, answered, client_cpu_us}`. It reads no more of an answer than where it ends and its code: the client must
 *  not be what is measured. */
const order = JSON.parse(process.argv[2] ?? '{}') as Load

export interface Load {
  readonly port: number
  readonly kind: 'bind' | 'equality' | 'substring' | 'add' | 'modify'
  readonly connections: number
  readonly seconds: number
  readonly entries: number
  /** Tells the entries of one run from those of another. */
  readonly run: number
}

const tags = { bind: 0x61, equality: 0x65, substring: 0x65, add: 0x69, modify: 0x67 } as const
const text = (value: string): Buffer => Buffer.from(value)
let count = 0

/** The next request. A multiplier that shares nothing with the number of entries visits them in no order. */
function next(): Request {
  const each = (count++ * 7_919) % order.entries
  switch (order.kind) {
    case 'bind':
      return bind(nameOf(each), passwordOf(each))
    case 'equality':
      return search(`(uid=${nameOf(each).slice(4, nameOf(each).indexOf(','))})`)
    case 'substring':
      return search(`(cn=*n${String(each).padStart(5, '0')}*)`)
    case 'add': {
      const number = 1_000_000 * (1 + order.run) + count
      return { kind: 'add', dn: nameOf(number), attributes: entryOf(number, '') }
    }
    case 'modify': {
      const attribute = { type: 'title', values: [text(`t${count}`)] }
      return { kind: 'modify', dn: nameOf(each), changes: [{ operation: 'replace', attribute }] }
    }
  }
}

function bind(name: string, password: string): Request {
  return { kind: 'bind', version: 3, name, auth: { kind: 'simple', password: text(password) } }
}

function search(filter: string): Request {
  const none = { deref: 0, sizeLimit: 0, timeLimit: 0, typesOnly: false, attributes: [] } as const
  return { kind: 'search', base: people, scope: 'subtree', filter: parseFilter(filter), ...none }
}

const times: number[] = []
let wrong = 0
let begun = 0
let before = process.cpuUsage()
const until = (): boolean => systemClock.monotonic() - begun < order.seconds * 1000

/** One connection. @param go resolves when all are there */
async function lane(go: Promise<void>): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port: order.port, noDelay: true })
  let answered: () => void = () => undefined
  let held = Buffer.alloc(0)
  let tag = 0x61
  let failed: unknown = null
  socket.on('error', (error) => {
    failed = error
    answered()
  })
  socket.on('data', (chunk) => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    for (let at = 0; ;) {
      const [start, end] = bounds(held, at)
      if (end > held.length) {
        held = held.subarray(at)
        return
      }
      at = end
      const operation = start + 2 + (held[start + 1] ?? 0)
      if (held[operation] === tag) {
        // Short answers have short lengths: the code is the first element inside.
        const code =
          operation + ((held[operation + 1] ?? 0) < 0x80 ? 4 : 4 + ((held[operation + 1] ?? 0) & 0x7f))
        if (held[code] !== 0) wrong++
        answered()
      }
    }
  })
  const ask = async (request: Request): Promise<void> => {
    const sent = encodeRequest({ id: 1, operation: request, controls: [] })
    await new Promise<void>((resolve) => {
      answered = resolve
      socket.write(sent)
    })
    if (failed) throw failed as Error
  }
  if (order.kind !== 'bind')
    await ask(
      bind(
        order.kind === 'equality' || order.kind === 'substring' ? service('cas') : service('matricule'),
        'demo',
      ),
    )
  tag = tags[order.kind]
  ready()
  await go
  while (until()) {
    const request = next()
    const at = systemClock.monotonic()
    await ask(request)
    times.push(systemClock.monotonic() - at)
  }
  socket.destroy()
}

/** Where the content of the message at `at` begins, and where it ends; beyond what is there when it is not whole. */
function bounds(bytes: Buffer, at: number): [number, number] {
  const first = bytes[at + 1]
  if (first === undefined) return [at, bytes.length + 1]
  if (first < 0x80) return [at + 2, at + 2 + first]
  const size = first & 0x7f
  if (at + 2 + size > bytes.length) return [at, bytes.length + 1]
  return [at + 2 + size, at + 2 + size + bytes.readUIntBE(at + 2, size)]
}

let there = 0
let start: () => void = () => undefined
const all = new Promise<void>((resolve) => {
  start = resolve
})
function ready(): void {
  if (++there < order.connections) return
  begun = systemClock.monotonic()
  before = process.cpuUsage()
  start()
}

await Promise.all(Array.from({ length: order.connections }, () => lane(all)))
const seconds = (systemClock.monotonic() - begun) / 1000
const spent = process.cpuUsage(before)
times.sort((a, b) => a - b)
const at = (share: number): number => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0
process.stdout.write(
  JSON.stringify({
    rate: times.length / seconds,
    p50_ms: at(0.5),
    p99_ms: at(0.99),
    wrong,
    answered: times.length,
    // What a request takes of the client: it has one thread, and no more requests than fit in it.
    client_cpu_us: spent.user / times.length + spent.system / times.length,
  }) + '\n',
)
