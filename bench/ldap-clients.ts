import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Reported } from './ldap-report.ts'
import type { Load } from './ldap-requests.ts'

/** Where client and server run while there is one connection. To wake a process on a core that sleeps takes longer than
 *  any of these servers does, and whether it has to is the scheduler's mood: `together`, on one core, shows the servers;
 *  `apart`, a core each, shows them behind the waking; `free` leaves both to the scheduler. */
export const placements = ['together', 'apart', 'free'] as const
export type Placement = (typeof placements)[number]

/** `blocking`: bench/ldap-one.ts, for one connection. `events`: bench/ldap-load.ts, for any number. */
export type ClientKind = 'blocking' | 'events'

/** Puts every thread of a server where it shall run. Linux only. */
export async function place(pid: number, placement: Placement): Promise<void> {
  const cores = placement === 'free' ? '0-1023' : placement === 'together' ? '0' : '1'
  await promisify(execFile)('taskset', ['--all-tasks', '--cpu-list', '--pid', cores, String(pid)])
}

/** Lets a client ask what it is told to. Rejects when it fails. */
export async function load(order: Load, client: ClientKind, placement: Placement): Promise<Reported> {
  const socket = client === 'blocking' ? await connected(order.port) : null
  const file = join(import.meta.dirname, client === 'blocking' ? 'ldap-one.ts' : 'ldap-load.ts')
  const command = [process.execPath, file, JSON.stringify(order)]
  if (placement !== 'free') command.unshift('taskset', '--cpu-list', '0')
  const [program = '', ...args] = command
  const started = spawn(program, args, {
    // What is handed down as standard input blocks whoever reads it there.
    stdio: [socket ?? 'ignore', 'pipe', 'inherit'],
    timeout: (order.warm_seconds + order.seconds + 60) * 1000,
  })
  socket?.destroy()
  const ended = once(started, 'close')
  let text = ''
  started.stdout.on('data', (chunk) => (text += String(chunk)))
  await ended
  if (text === '') throw new Error(`the client of ${order.kind} on port ${order.port} failed`)
  return JSON.parse(text) as Reported
}

/** A connection that nobody here reads. */
async function connected(port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true })
  socket.pause()
  await once(socket, 'connect')
  return socket
}
