import { connect } from 'node:net'
import { encodeRequest } from '../ldap-protocol/request.ts'
import type { Request } from '../ldap-protocol/message.ts'
import { systemClock } from '../platform/clock.ts'
import { parseFilter } from '../ldap-protocol/filter-text.ts'
import { entryOf, nameOf, passwordOf, people, service } from './ldap-people.ts'

/** A client in a process of its own: so many connections, one request under way on each, for so many seconds, after some
 *  that warm up both sides and are not counted. Prints `{rate, p50_ms, p99_ms, wrong, answered, warmed, client_cpu_us}`.
 *  Requests are encoded before, and of an answer no more is read than where it ends and its code: the client must not be
 *  what is measured. */
const order = JSON.parse(process.argv[2] ?? '{}') as Load

export interface Load {
  readonly port: number
  readonly kind: 'bind' | 'equality' | 'substring' | 'add' | 'modify'
  readonly connections: number
  readonly seconds: number
  /** Before what is measured begins. */
  readonly warm_seconds: number
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

/** Requests that can be asked again are encoded before anything is measured. */
const encoded: Buffer[] = []
if (order.kind === 'bind' || order.kind === 'equality' || order.kind === 'substring') {
  for (let n = 0; n < order.entries; n++) encoded.push(encode(next()))
}
let asked = 0
const nextEncoded = (): Buffer => encoded[asked++ % order.entries] ?? encode(next())

function encode(request: Request): Buffer {
  return Buffer.from(encodeRequest({ id: 1, operation: request, controls: [] }))
}

const times: number[] = []
let wrong = 0
let warmed = 0
/** When what is measured begins and ends. */
let [begin, end] = [0, 0]
let before = process.cpuUsage()

/** One connection. Resolves when its last request has been answered.
 *  @param go resolves when all are there */
async function lane(go: Promise<void>): Promise<void> {
  let answered: () => void = () => undefined
  let failed: (error: Error) => void = () => undefined
  let held: Buffer = Buffer.alloc(0)
  let tag = 0x61
  const receive = (bytes: Buffer): void => {
    for (let at = 0; ;) {
      const [start, after] = bounds(bytes, at)
      if (after > bytes.length) {
        // Copied: what is received next will lie where this does.
        held = Buffer.from(bytes.subarray(at))
        return
      }
      at = after
      const operation = start + 2 + (bytes[start + 1] ?? 0)
      if (bytes[operation] !== tag) continue
      // Short answers have short lengths: the code is the first element inside.
      const length = bytes[operation + 1] ?? 0
      if (bytes[operation + (length < 0x80 ? 4 : 4 + (length & 0x7f))] !== 0) wrong++
      answered()
    }
  }
  const onread = {
    buffer: Buffer.alloc(65_536),
    callback: (count: number, buffer: Uint8Array) => {
      const chunk = Buffer.from(buffer.buffer, buffer.byteOffset, count)
      receive(held.length === 0 ? chunk : Buffer.concat([held, chunk]))
      return true
    },
  }
  const socket = connect({ host: '127.0.0.1', port: order.port, noDelay: true, onread })
  socket.on('error', (error) => failed(error))
  socket.on('close', () => failed(new Error('the server hung up')))
  await new Promise<void>((resolve, reject) => {
    failed = reject
    socket.once('connect', resolve)
  })
  if (order.kind !== 'bind') {
    const reads = order.kind === 'equality' || order.kind === 'substring'
    await new Promise<void>((resolve, reject) => {
      ;[answered, failed] = [resolve, reject]
      socket.write(encode(bind(service(reads ? 'cas' : 'matricule'), 'demo')))
    })
  }
  tag = tags[order.kind]
  ready()
  await go
  await new Promise<void>((resolve, reject) => {
    let sent = 0
    const ask = (now: number): void => {
      sent = now
      socket.write(nextEncoded())
    }
    failed = reject
    answered = () => {
      const now = systemClock.monotonic()
      if (sent >= begin) times.push(now - sent)
      else warmed++
      if (now < end) ask(now)
      else resolve()
    }
    ask(systemClock.monotonic())
  })
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
  begin = systemClock.monotonic() + order.warm_seconds * 1000
  end = begin + order.seconds * 1000
  systemClock.after(order.warm_seconds * 1000, () => {
    before = process.cpuUsage()
  })
  start()
}

await Promise.all(Array.from({ length: order.connections }, () => lane(all)))
const seconds = (systemClock.monotonic() - begin) / 1000
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
    warmed,
    // What a request takes of the client: it has one thread, and no more requests than fit in it.
    client_cpu_us: spent.user / times.length + spent.system / times.length,
  }) + '\n',
)
