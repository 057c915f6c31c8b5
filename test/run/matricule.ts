import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packageRoot } from '../../platform/root.ts'
import { eventually } from './eventually.ts'
import { freePorts } from './ports.ts'

/** The ports of one `matricule up`, by setting. */
export interface Ports {
  readonly page: number
  readonly ops: number
  readonly primary: number
  readonly parisSorbonne: number
  readonly upmc: number
  readonly smtp: number
  readonly inbox: number
  readonly signIn: number
}

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A real `matricule up`, as a process. */
export interface Running extends AsyncDisposable {
  readonly child: ChildProcess
  readonly home: string
  readonly ports: Ports
  /** Everything written to standard output so far; `errors` likewise for standard error. */
  output(): string
  errors(): string
  readonly ended: Promise<Ended>
  /** Resolves when `/readyz` answers 200. */
  ready(): Promise<void>
  /** Asks it to stop, and waits until it has. */
  stop(signal?: NodeJS.Signals): Promise<Ended>
}

export async function takePorts(): Promise<Ports> {
  const [page = 0, ops = 0, primary = 0, parisSorbonne = 0, upmc = 0, smtp = 0, inbox = 0, signIn = 0] =
    await freePorts(8)
  return { page, ops, primary, parisSorbonne, upmc, smtp, inbox, signIn }
}

export function portSettings(ports: Ports): Record<string, string> {
  return {
    MATRICULE_WEB_PORT: String(ports.page),
    MATRICULE_OPS_PORT: String(ports.ops),
    MATRICULE_LDAP_PRIMARY_PORT: String(ports.primary),
    MATRICULE_LDAP_PARIS_SORBONNE_PORT: String(ports.parisSorbonne),
    MATRICULE_LDAP_UPMC_PORT: String(ports.upmc),
    MATRICULE_INBOX_SMTP_PORT: String(ports.smtp),
    MATRICULE_INBOX_PORT: String(ports.inbox),
    MATRICULE_SIGN_IN_PORT: String(ports.signIn),
  }
}

export interface StartOptions {
  /** A home to come back to; a fresh one, removed afterwards, when absent. */
  readonly home?: string
  readonly ports?: Ports
  readonly env?: Record<string, string>
  /** What to start instead of the launcher of the checkout. */
  readonly command?: readonly string[]
  readonly cwd?: string
  /** Whether it leads a process group of its own, so that the group can be signalled. */
  readonly group?: boolean
}

/** Starts the demonstration on free ports. Nothing of the environment's own settings reaches it. */
export async function startMatricule(options: StartOptions = {}): Promise<Running> {
  const home = options.home ?? (await mkdtemp(join(tmpdir(), 'matricule-test-')))
  const ports = options.ports ?? (await takePorts())
  const [program = '', ...args] = options.command ?? ['sh', join(packageRoot, 'bin', 'matricule'), 'up']
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('MATRICULE_'))
  const child = spawn(program, args, {
    cwd: options.cwd ?? packageRoot,
    env: {
      ...Object.fromEntries(inherited),
      NO_COLOR: '1',
      MATRICULE_HOME: home,
      ...portSettings(ports),
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: options.group ?? false,
  })
  let output = ''
  let errors = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  const ended = new Promise<Ended>((resolve) =>
    child.on('close', (code, signal) => resolve({ code, signal })),
  )

  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> => {
    child.kill(signal)
    return ended
  }
  return {
    child,
    home,
    ports,
    output: () => output,
    errors: () => errors,
    ended,
    stop,
    async ready() {
      const early = ended.then(({ code }) => {
        throw new Error(`it ended with ${code ?? 'a signal'} before it was ready:\n${output}\n${errors}`)
      })
      const up = eventually(
        'readiness',
        async () => (await fetch(`http://127.0.0.1:${ports.ops}/readyz`)).ok && output.includes('Ctrl-C'),
        60_000,
      )
      await Promise.race([up, early])
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) await stop('SIGKILL')
      if (options.home === undefined) await rm(home, { recursive: true, force: true })
    },
  }
}

/** Runs a command of the launcher to its end. */
export async function runMatricule(
  args: readonly string[],
  env: Record<string, string>,
): Promise<Ended & { output: string; errors: string }> {
  const child = spawn('sh', [join(packageRoot, 'bin', 'matricule'), ...args], {
    cwd: packageRoot,
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  let errors = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  return new Promise((resolve) =>
    child.on('close', (code, signal) => resolve({ code, signal, output, errors })),
  )
}
