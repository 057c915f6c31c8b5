import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Profile } from '../domain/profile.ts'
import { randomText, type Chance } from '../platform/chance.ts'
import { IdentityError } from '../platform/error.ts'
import { createAtomically } from '../platform/files.ts'
import { portBusy } from '../platform/ops.ts'
import { workerUrl } from '../platform/root.ts'
import type { Metrics } from '../platform/metrics.ts'
import type { DirectoryMessage, DirectoryOrder } from './directory-order.ts'
import { serviceAccounts, suffixOf, type ServiceAccount } from './first-entries.ts'

/** An embedded directory to run. */
export interface Embedded {
  readonly profile: Profile
  readonly host: string
  readonly port: number
  /** Name of the setting that gives the port, for whoever finds it taken. */
  readonly setting: string
}

export interface RunningDirectories {
  /** Where each listens, by target. */
  readonly ports: ReadonlyMap<string, number>
  /** Ends when the thread ends for a reason other than `close`. */
  readonly broken: Promise<Error>
  close(): Promise<void>
}

export interface DirectoriesOptions {
  readonly directories: readonly Embedded[]
  /** Where they are kept; a folder per target. */
  readonly folder: string
  /** Passwords of the service accounts, by account. */
  readonly passwords: Readonly<Record<ServiceAccount, string>>
  readonly metrics: Metrics
}

/** Passwords of the service accounts: `demo` in the demonstration, else made once and kept under the home, mode 0600.
 *  `made` tells the file the first time. */
export async function servicePasswords(options: {
  demonstration: boolean
  home: string
  chance: Chance
  made: (file: string) => void
}): Promise<Record<ServiceAccount, string>> {
  const { demonstration, home, chance, made } = options
  if (demonstration) return { matricule: 'demo', cas: 'demo', zimbra: 'demo' }
  const file = join(home, 'directory-passwords.json')
  const alphabet = 'ABCDEFGHJKMNPQRSTVWXYZabcdefghjkmnpqrstvwxyz23456789'
  const fresh = Object.fromEntries(
    serviceAccounts.map((account) => [account, randomText(chance, alphabet, 32)]),
  )
  if (await createAtomically(file, `${JSON.stringify(fresh, null, 2)}\n`, 0o600)) made(file)
  return JSON.parse(await readFile(file, 'utf8')) as Record<ServiceAccount, string>
}

/** Runs the embedded directories in a thread of their own, so that a search of theirs stalls nobody else. */
export async function runDirectories(options: DirectoriesOptions): Promise<RunningDirectories> {
  const { directories, folder, passwords, metrics } = options
  const order: DirectoryOrder = {
    passwords,
    directories: directories.map(({ profile, host, port }) => ({
      name: profile.name,
      base: profile.base,
      suffix: suffixOf(profile.base),
      folder: join(folder, profile.name),
      host,
      port,
    })),
  }
  const worker = new Worker(workerUrl('directories-worker', import.meta), { workerData: order })
  const { promise: listening, resolve, reject } = Promise.withResolvers<Map<string, number>>()
  const { promise: broken, resolve: breakWith } = Promise.withResolvers<Error>()
  const { promise: ended, resolve: hasEnded } = Promise.withResolvers<undefined>()
  let closing = false
  worker.on('message', (message: DirectoryMessage) => {
    if (message.kind === 'listening') resolve(new Map(message.ports))
    else if (message.kind === 'counts') {
      for (const { operation, result, count } of message.counts)
        metrics.ldapRequests.inc({ operation, result }, count)
    } else if (message.kind === 'failed') reject(failure(message, directories))
  })
  worker.on('error', (error) => {
    const failed = error instanceof Error ? error : new Error(String(error))
    reject(failed)
    if (!closing) breakWith(failed)
  })
  worker.on('exit', () => {
    const gone = new Error('the embedded directories have ended')
    reject(gone)
    if (!closing) breakWith(gone)
    hasEnded(undefined)
  })
  const ports = await listening.catch(async (error: unknown) => {
    closing = true
    await worker.terminate()
    throw error
  })
  return {
    ports,
    broken,
    async close() {
      closing = true
      worker.postMessage('close')
      await ended
    },
  }
}

function failure(message: DirectoryMessage & { kind: 'failed' }, directories: readonly Embedded[]): Error {
  const directory = directories.find(({ profile }) => profile.name === message.name)
  if (directory && message.code === 'EADDRINUSE') {
    const cause = Object.assign(new Error(message.reason), { code: message.code })
    return portBusy(directory.setting, directory.port, cause)
  }
  return new IdentityError('UNEXPECTED', `the embedded directory ${message.name} failed: ${message.reason}`)
}
