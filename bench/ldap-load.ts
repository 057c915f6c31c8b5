import { connect } from 'node:net'
import { systemClock } from '../platform/clock.ts'
import { bounds, codeAt, operationAt } from './ldap-answers.ts'
import { report } from './ldap-report.ts'
import { loginOf, requestsOf, tags, type Load } from './ldap-requests.ts'

/** A client in a process of its own: so many connections, one request under way on each, for so many seconds, after some
 *  that warm up both sides and are not counted. Prints what `bench/ldap-report.ts` says. For one connection there is a
 *  lighter one, `bench/ldap-one.ts`. */
const order = JSON.parse(process.argv[2] ?? '{}') as Load
const next = requestsOf(order)
const login = loginOf(order)
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
  let tag: number = tags.bind
  const receive = (bytes: Buffer): void => {
    for (let at = 0; ;) {
      const [start, after] = bounds(bytes, at)
      if (after > bytes.length) {
        // Copied: what is received next will lie where this does.
        held = Buffer.from(bytes.subarray(at))
        return
      }
      at = after
      const operation = operationAt(bytes, start)
      if (bytes[operation] !== tag) continue
      if (codeAt(bytes, operation) !== 0) wrong++
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
  if (login) {
    await new Promise<void>((resolve, reject) => {
      ;[answered, failed] = [resolve, reject]
      socket.write(login.bytes)
    })
  }
  tag = tags[order.kind]
  ready()
  await go
  await new Promise<void>((resolve, reject) => {
    let sent = 0
    const ask = (now: number): void => {
      sent = now
      socket.write(next().bytes)
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
report(times, { seconds, wrong, warmed, spent: process.cpuUsage(before) })
