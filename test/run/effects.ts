import fs, { writeFileSync } from 'node:fs'
import promises from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { isMainThread, Worker } from 'node:worker_threads'

/** Loaded before a program (`node --import`), it numbers what the program does to the world outside, and kills it with
 *  SIGKILL at the point EFFECTS_KILL_AT. Each effect has two points: just before it leaves the process, and when the
 *  answer to it arrives. Effects are a statement that writes the registry, a change of a directory, the end of a letter,
 *  a file that takes its name, and an answer of the page. So no code of the product knows of crash points, whatever is
 *  opened, retried or written in between is numbered too, and the program that runs is the real one.
 *
 *  EFFECTS_KILL_AT is a number, or a number and the name of a point (`3 after ldap`): then only those are counted.
 *  EFFECTS_REPORT is a file that tells where it was killed, or how many points it had passed when it ended. */
const [, killAt = '0', killName = ''] = /^(\d+) ?(.*)$/.exec(process.env['EFFECTS_KILL_AT'] ?? '') ?? []
const report = process.env['EFFECTS_REPORT']

let passed = 0
function point(name: string): void {
  if (killName !== '' && name !== killName) return
  passed += 1
  if (passed !== Number(killAt)) return
  tell(`${passed} ${name}`)
  process.kill(process.pid, 'SIGKILL')
}

function tell(line: string): void {
  if (report !== undefined) writeFileSync(report, `${line}\n`)
}

type Method = (...given: readonly unknown[]) => unknown

/** Puts `made` in the place of a method; it is given the former one. */
function replace(owner: object, name: string, made: (former: Method) => Method): void {
  const former = Reflect.get(owner, name) as Method
  Object.defineProperty(owner, name, { value: made(former), writable: true, configurable: true })
}

/** What a connection leads to, by the port of its other end, as the settings say. */
const reached = new Map(
  Object.entries(process.env).flatMap(([name, value = '']) => {
    if (!name.startsWith('MATRICULE_') || !name.endsWith('_URL') || !URL.canParse(value)) return []
    const { protocol, port } = new URL(value)
    return [[Number(port), protocol] as const]
  }),
)
const page = Number(process.env['MATRICULE_WEB_PORT'] ?? 0)

/** The effect that some bytes on their way out have; null when they only ask. */
function effectOf(socket: Socket, chunk: unknown): string | null {
  if (socket.localPort === page) return 'answer'
  const bytes = typeof chunk === 'string' ? Buffer.from(chunk, 'latin1') : Buffer.from(chunk as Uint8Array)
  switch (reached.get(socket.remotePort ?? 0)) {
    case 'ldap:':
    case 'ldaps:':
      return ldapChange(bytes)
    case 'smtp:':
    case 'smtps:':
      return /^(\r\n)?\.\r\n$/.test(bytes.toString('latin1', 0, 6)) ? 'letter' : null
    case 'postgres:':
    case 'postgresql:':
      return writes(statementIn(bytes)) ? 'registry' : null
    default:
      return null
  }
}

/** Add, delete, modify or modifyDN, by the tag after the message's number (RFC 4511, 4.2 to 4.9). */
function ldapChange(bytes: Buffer): string | null {
  const lengthOf = (at: number) => 1 + ((bytes[at] ?? 0) & 0x80 ? (bytes[at] ?? 0) & 0x7f : 0)
  const id = 1 + lengthOf(1)
  const tag = bytes[id + 2 + (bytes[id + 1] ?? 0)] ?? 0
  return [0x4a, 0x66, 0x68, 0x6c].includes(tag) ? 'ldap' : null
}

/** The SQL of a Query or a Parse message (PostgreSQL: frontend protocol). */
function statementIn(bytes: Buffer): string {
  const kind = String.fromCharCode(bytes[0] ?? 0)
  const from = kind === 'P' ? bytes.indexOf(0, 5) + 1 : 5
  return kind === 'P' || kind === 'Q' ? bytes.toString('latin1', from, from + 40) : ''
}

function writes(sql: string): boolean {
  return /^\s*(insert|update|delete|with|create|begin;|commit)/i.test(sql)
}

/** Effects on their way whose answer has not come. */
const pending = new WeakMap<object, string[]>()

function watchSockets(): void {
  replace(Socket.prototype, 'write', () => {
    const write = Reflect.get(Duplex.prototype, 'write') as Method
    return function (this: Socket, chunk: unknown, ...rest: unknown[]) {
      const effect = effectOf(this, chunk)
      if (effect === null) return Reflect.apply(write, this, [chunk, ...rest])
      point(`before ${effect}`)
      if (effect !== 'answer') {
        pending.set(this, [...(pending.get(this) ?? []), effect])
        return Reflect.apply(write, this, [chunk, ...rest])
      }
      // Nobody answers an answer: it has left when it is written.
      const done = rest.findLast((each) => typeof each === 'function') as Method | undefined
      const left = (...given: unknown[]) => {
        point('after answer')
        return done?.(...given)
      }
      return Reflect.apply(write, this, [chunk, ...rest.filter((each) => each !== done), left])
    }
  })
  replace(Socket.prototype, 'push', () => {
    const push = Reflect.get(Duplex.prototype, 'push') as Method
    return function (this: Socket, ...given: unknown[]) {
      const [first, ...others] = pending.get(this) ?? []
      if (first !== undefined) {
        pending.set(this, others)
        point(`after ${first}`)
      }
      return Reflect.apply(push, this, given)
    }
  })
}

/** The embedded registry is a thread: statements are messages to it, and so are their answers. */
function watchThreads(): void {
  const asked = new Set<unknown>()
  replace(Worker.prototype, 'postMessage', (former) => {
    return function (this: Worker, ...given: unknown[]) {
      const { id, sql } = (given[0] ?? {}) as { id?: unknown; sql?: unknown }
      if (typeof sql === 'string' && writes(sql)) {
        point('before registry')
        asked.add(id)
      }
      return Reflect.apply(former, this, given)
    }
  })
  replace(Worker.prototype, 'emit', (former) => {
    return function (this: Worker, ...given: unknown[]) {
      const [event, message] = given as [string, { id?: unknown } | undefined]
      if (event === 'message' && asked.delete(message?.id)) point('after registry')
      return Reflect.apply(former, this, given)
    }
  })
}

function watchFiles(): void {
  const around = (former: Method): Method => {
    return (...given) => {
      point('before file')
      const renamed = former(...given)
      if (renamed instanceof Promise) return renamed.finally(() => point('after file'))
      point('after file')
      return renamed
    }
  }
  for (const name of ['rename', 'link']) replace(promises, name, around)
  replace(fs, 'renameSync', around)
  syncBuiltinESMExports()
}

// Threads of the program are loaded with this too: what they do is counted where they are asked to.
if (isMainThread) {
  watchSockets()
  watchThreads()
  watchFiles()
  process.on('exit', () => tell(`${passed} ended`))
}
