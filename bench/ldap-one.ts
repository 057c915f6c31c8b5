import { readSync, writeSync } from 'node:fs'
import { systemClock } from '../platform/clock.ts'
import { bounds, codeAt, operationAt } from './ldap-answers.ts'
import { report } from './ldap-report.ts'
import { loginOf, requestsOf, tags, type Asked, type Load } from './ldap-requests.ts'

/** A client of one connection, which is its standard input: it writes a request and sleeps in the kernel until the answer
 *  is there, without an event loop, so that it takes no longer than a client in C would (16 µs beside a server that does
 *  nothing, on one core). Each answer must bear the number of its request, code 0, and the entry asked for. Prints what
 *  `bench/ldap-report.ts` says. */
const order = JSON.parse(process.argv[2] ?? '{}') as Load
const connection = 0
const bytes = Buffer.alloc(1_048_576)

/** Asks one thing. @returns whether the answer was right. @throws Error when the server hangs up */
function ask({ bytes: request, id, found }: Asked, tag: number): boolean {
  writeSync(connection, request, 0, request.length)
  let [held, at, others] = [0, 0, 0]
  let right = found === null
  for (;;) {
    const received = readSync(connection, bytes, held, bytes.length - held, null)
    if (received === 0) throw new Error('the server hung up')
    held += received
    for (;;) {
      const [start, end] = bounds(bytes, at, held)
      if (end > held) break
      const operation = operationAt(bytes, start)
      const isOurs = bytes.readUIntBE(start + 2, bytes[start + 1] ?? 1) === id
      if (bytes[operation] === tag) {
        const whole = order.kind === 'substring' || others === (found === null ? 0 : 1)
        return right && isOurs && whole && end === held && codeAt(bytes, operation) === 0
      }
      others++
      if (found !== null && isOurs && isEntry(operation, found)) right = true
      at = end
    }
  }
}

/** Whether the entry that begins at `at` has this name. */
function isEntry(at: number, name: Buffer): boolean {
  if (bytes[at] !== 0x64) return false
  const [start, end] = bounds(bytes, bounds(bytes, at)[0])
  return end - start === name.length && bytes.compare(name, 0, name.length, start, end) === 0
}

const login = loginOf(order)
if (login && !ask(login, 0x61)) throw new Error('the client may not bind')
const next = requestsOf(order)
const tag = tags[order.kind]
const times: number[] = []
let [wrong, warmed] = [0, 0]
const begin = systemClock.monotonic() + order.warm_seconds * 1000
const end = begin + order.seconds * 1000
let before = process.cpuUsage()
for (;;) {
  const request = next()
  const sent = systemClock.monotonic()
  if (!ask(request, tag)) wrong++
  const now = systemClock.monotonic()
  if (sent >= begin) times.push(now - sent)
  else {
    warmed++
    if (now >= begin) before = process.cpuUsage()
  }
  if (now >= end) break
}
const seconds = (systemClock.monotonic() - begin) / 1000
report(times, { seconds, wrong, warmed, spent: process.cpuUsage(before) })
