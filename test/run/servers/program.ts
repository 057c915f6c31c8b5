import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { accessSync, constants, globSync, readFileSync } from 'node:fs'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Machine } from './server.ts'

const run = promisify(execFile)

/** Program or file, and the Debian package that has it: the list that `bin/prepare --servers` installs from. */
const packages = readFileSync(join(import.meta.dirname, 'packages'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => line.split(' ') as [file: string, name: string])

/** Where each of the packages' programs lies, by name, or null when a package is missing. */
export function programsOf(...names: string[]): ((program: string) => string) | null {
  const files = packages.filter(([, name]) => names.includes(name)).map(([file]) => file)
  if (files.length < names.length) throw new Error(`packages: ${names.join(', ')} are not all in the list`)
  if (!files.every((file) => find(file) !== null)) return null
  return (program) => {
    const found = find(program)
    if (found === null) throw new Error(`${names.join(', ')}: there is no ${program}`)
    return found
  }
}

/** The same of packages that nothing can stand in for. */
export function neededPrograms(...names: string[]): (program: string) => string {
  const programs = programsOf(...names)
  if (programs === null) throw new Error(`${toInstall(names)}.`)
  return programs
}

export function toInstall(names: readonly string[]): string {
  return `This test needs the Debian packages ${names.join(' ')} (as root, sh bin/prepare --servers installs them)`
}

/** The newest of the files of that path (`*` is any name), or the first of that name where programs lie. */
function find(file: string): string | null {
  if (file.startsWith('/')) return globSync(file).sort().at(-1) ?? null
  const folders = (process.env['PATH'] ?? '').split(':').concat('/usr/sbin')
  return folders.map((folder) => join(folder, file)).find(isProgram) ?? null
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

export interface ProgramOptions {
  readonly command: string
  readonly args: readonly string[]
  /** Its own folder, which goes with it. */
  readonly folder: string
  /** Whom it runs as, when we are root. */
  readonly user?: string
  /** How it is asked to end at once, losing nothing. */
  readonly stop?: NodeJS.Signals
}

/** A program as a server. The kernel kills it when the process that started it dies, however that dies. */
export function program({ command, args, folder, user, stop = 'SIGTERM' }: ProgramOptions): Machine {
  let child: ChildProcess | null = null
  let ended: Promise<string> = Promise.resolve(`${command} was never started`)
  const signal = async (name: NodeJS.Signals): Promise<void> => {
    const pid = child?.pid
    if (pid === undefined || child?.exitCode !== null || child.signalCode !== null) return
    for (const each of [...(await childrenOf(pid)), pid]) sendTo(each, name)
  }
  const kill = async (): Promise<void> => {
    await signal('SIGKILL')
    await ended
  }
  return {
    start() {
      const as = user === undefined ? [] : asUser(user)
      // setpriv becomes the program: signals reach the server itself.
      const started = spawn('setpriv', ['--pdeathsig', 'KILL', ...as, command, ...args], {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      let said = ''
      started.stdout.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4_000)))
      started.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4_000)))
      child = started
      ended = new Promise((resolve) => {
        started.on('error', (error) => resolve(String(error)))
        started.on('close', (code, by) => resolve(`${command} ended with ${by ?? code}\n${said}`))
      })
      return Promise.resolve()
    },
    async stop() {
      child?.kill(stop)
      await ended
    },
    kill,
    async freeze() {
      await signal('SIGSTOP')
      // A thread that is running goes on for a moment, long enough for an answer.
      while (child?.pid !== undefined && (await isRunning(child.pid))) await setTimeout(5)
    },
    thaw: () => signal('SIGCONT'),
    async running() {
      throw new Error(await ended)
    },
    async remove() {
      await kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Whether any thread of a process goes on: is neither stopped (T, proc(5)) nor at its end. */
async function isRunning(pid: number): Promise<boolean> {
  const folder = `/proc/${pid}/task`
  const threads = await readdir(folder).catch(() => [])
  const states = await Promise.all(
    threads.map((thread) => readFile(join(folder, thread, 'stat'), 'utf8').catch(() => '')),
  )
  return states.some((stat) => /\) [^TtZX]/.test(stat))
}

/** Runs a program to its end. Rejects with what it said when it fails. */
export async function runProgram(
  command: string,
  args: readonly string[],
  { user, cwd }: { user?: string; cwd?: string } = {},
): Promise<string> {
  const as = user === undefined ? [] : ['setpriv', ...asUser(user)]
  const [first = '', ...rest] = [...as, command, ...args]
  const { stdout } = await run(first, rest, {
    maxBuffer: 1_073_741_824,
    ...(cwd === undefined ? {} : { cwd }),
  })
  return stdout
}

/** Some servers refuse to run as root. */
export const weAreRoot = process.getuid?.() === 0

function asUser(user: string): string[] {
  return weAreRoot ? ['--reuid', user, '--regid', user, '--clear-groups'] : []
}

async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
  return text.trim().split(' ').filter(Boolean).map(Number)
}

function sendTo(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It has ended by itself.
  }
}
