import { createReadStream, createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { LdifError, entriesOf, parseLdifStream, writeLdif } from '../ldap-protocol/ldif.ts'
import type { Directory } from '../ldap-server/create.ts'
import { Refusal } from '../ldap-server/refusal.ts'
import { copyStore } from '../ldap-server/store-copy.ts'
import { StoreError } from '../ldap-server/store-files.ts'
import { systemChance, randomText } from '../platform/chance.ts'
import { systemClock } from '../platform/clock.ts'
import { IdentityError } from '../platform/error.ts'
import { lockHome } from '../platform/lock.ts'
import { createLog, type Log } from '../platform/log.ts'
import { packageVersion } from '../platform/root.ts'
import { createVerifiers } from '../platform/verifier.ts'
import type { Outcome } from './desk.ts'
import { createDirectory, houseSchema } from './directory.ts'
import { readLdapServerSettings, type LdapServerSettings } from './ldap-server-settings.ts'

const invented = 'ABCDEFGHJKMNPQRSTVWXYZ23456789'

/** A directory on its own, until `signal` aborts. `tell` is told once it listens.
 *  Rejects with IdentityError SETTINGS_INVALID, HOME_IN_USE, PORT_BUSY. */
export async function ldapServer(
  path: string,
  signal: AbortSignal,
  tell: (outcome: Outcome) => void,
): Promise<void> {
  const settings = await readLdapServerSettings(path)
  const log = createLog({ level: 'info' })
  using _lock = lockHome(settings.folder)
  const directory = await open(settings, log)
  try {
    const listening: string[] = []
    for (const { host, port, tls } of settings.listen) {
      const taken = await directory.listen({ host, port, secure: tls }).catch((cause: unknown) => {
        throw new IdentityError('PORT_BUSY', `listen: port ${port} of ${host} cannot be had.`, { cause })
      })
      listening.push(`${tls ? 'ldaps' : 'ldap'}://${host.includes(':') ? `[${host}]` : host}:${taken.port}`)
    }
    tell({
      data: { listening, entries: directory.size() },
      text: `${listening.map((url) => `${url}\n`).join('')}${directory.size()} entries\n`,
    })
    await whileServing(settings, directory, log, signal)
  } finally {
    await directory.close()
  }
}

/** Writes every entry as LDIF, operational attributes included: what a backup holds. To a file it is whole or not
 *  there. Beside a running server it reads a copy of what is on the disk: all that was acknowledged before. */
export async function exportLdif(path: string, out: string | undefined): Promise<Outcome> {
  const settings = await readLdapServerSettings(path)
  await using resources = new AsyncDisposableStack()
  const folder = await folderToRead(settings.folder, resources)
  const directory = await open({ ...settings, folder }, createLog({ level: 'error' }))
  try {
    const lines = Readable.from(writeLdif(directory.entries()))
    if (out === undefined) await pipeline(lines, process.stdout, { end: false })
    else {
      const part = `${out}.part`
      await pipeline(lines, createWriteStream(part, { mode: 0o600, flush: true })).catch(
        async (error: unknown) => {
          await rm(part, { force: true })
          throw error
        },
      )
      await rename(part, out)
    }
    const entries = directory.size()
    return { data: { entries }, text: out === undefined ? '' : `${entries} entries\n` }
  } finally {
    await directory.close()
  }
}

/** The folder itself where nobody uses it, and otherwise a copy that goes with `resources`. */
async function folderToRead(folder: string, resources: AsyncDisposableStack): Promise<string> {
  try {
    resources.use(lockHome(folder))
    return folder
  } catch (error) {
    if (!(error instanceof IdentityError) || error.code !== 'HOME_IN_USE') throw error
  }
  const copy = join(folder, `export-${process.pid}`)
  resources.defer(() => rm(copy, { recursive: true, force: true }))
  await copyStore(folder, copy)
  return copy
}

/** Adds the entries of an LDIF file that are not there yet, however large it is. Rejects with IdentityError
 *  LDIF_INVALID, at the first entry that cannot be taken; those before it are kept. */
export async function importLdif(path: string, file: string): Promise<Outcome> {
  const settings = await readLdapServerSettings(path)
  using _lock = lockHome(settings.folder)
  const directory = await open(settings, createLog({ level: 'warn' }))
  try {
    const added = await directory.seed(entriesOf(parseLdifStream(createReadStream(file))))
    const entries = directory.size()
    return { data: { added, entries }, text: `${added} added, ${entries} entries\n` }
  } catch (cause) {
    if (!(cause instanceof LdifError || cause instanceof Refusal)) throw cause
    const code = cause instanceof Refusal ? ` (${cause.resultCode})` : ''
    const why = `${file}, after ${directory.size()} entries: ${cause.message}${code}`
    throw new IdentityError('LDIF_INVALID', why, { cause })
  } finally {
    await directory.close()
  }
}

async function open(settings: LdapServerSettings, log: Log): Promise<Directory> {
  const { suffix, folder, access, limits, indexes, certificates, readTls } = settings
  const verifiers = createVerifiers({
    schemes: ['argon2id'],
    chance: systemChance,
    argon2: { memory_kib: 19_456, passes: 2, lanes: 1 },
  })
  const tls = await readTls?.()
  try {
    const directory = await createDirectory({
      suffix,
      folder,
      access,
      indexes,
      certificates,
      accounts: settings.accounts,
      limits: Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined)),
      schema: [...(await houseSchema()), ...settings.schema],
      ...(tls ? { tls, requireTls: settings.tls?.require ?? true } : {}),
      ...(settings.password_modify
        ? {
            passwords: {
              hash: async (password) => (await verifiers.make(password.toString('utf8'))).argon2id ?? '',
              generate: () => randomText(systemChance, invented, 16),
            },
          }
        : {}),
      log: (level, event, facts) => log[level](event, facts),
      version: packageVersion,
    })
    await directory.open()
    return directory
  } catch (cause) {
    if (cause instanceof StoreError) throw new IdentityError('DIRECTORY_BROKEN', cause.message, { cause })
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new IdentityError('SETTINGS_INVALID', why, { cause })
  }
}

/** Looks now and then whether the certificate has changed. */
async function whileServing(
  { readTls, tls }: LdapServerSettings,
  directory: Directory,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  let shown = JSON.stringify(await readTls?.())
  const stopped = (): boolean => signal.aborted
  while (!stopped()) {
    await systemClock.sleep((tls?.look_seconds ?? 3_600) * 1000, signal)
    if (stopped() || !readTls) continue
    try {
      const now = await readTls()
      if (JSON.stringify(now) === shown) continue
      directory.reloadTls(now)
      shown = JSON.stringify(now)
      log.info('directory.certificate.changed')
    } catch (error) {
      // Half a change: the old one is shown until both files fit.
      log.warn('directory.certificate.refused', { reason: error instanceof Error ? error.name : 'unknown' })
    }
  }
}
