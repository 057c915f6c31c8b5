import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createSmtpMailer, type Mailer } from '../daemon/letter/mailer.ts'
import type { Rooms } from '../daemon/rooms.ts'
import { createDropSource } from '../daemon/source/drop.ts'
import { paced } from '../daemon/source/paced.ts'
import type { Source } from '../daemon/source/source.ts'
import { createLdapTarget } from '../daemon/target/ldap.ts'
import type { Target } from '../daemon/target/target.ts'
import type { Profile } from '../domain/profile.ts'
import { profiles } from '../domain/profiles/index.ts'
import { relocated } from '../domain/relocate.ts'
import { systemChance } from '../platform/chance.ts'
import { systemClock, type Clock } from '../platform/clock.ts'
import { IdentityError } from '../platform/error.ts'
import { readSecretFile } from '../platform/files.ts'
import type { Lock } from '../platform/lock.ts'
import { createLog } from '../platform/log.ts'
import { createMetrics } from '../platform/metrics.ts'
import { packageVersion } from '../platform/root.ts'
import { openKeyRing } from '../platform/seal.ts'
import { isLoopback, publicBase, type Config, type Settings } from '../platform/settings.ts'
import { reserveMails } from '../registry/mails.ts'
import { openRegistry, type Registry } from '../registry/open.ts'
import { writeTargets } from '../registry/settlements.ts'
import { runDirectories, servicePasswords, type Embedded } from './directories.ts'
import { serviceDn } from './first-entries.ts'
import { notYet } from './not-yet.ts'
import { rulesOf } from './rules.ts'

export interface HouseOptions {
  readonly settings: Settings
  /** The home, taken; given up when the house closes. */
  readonly lock: Lock
  readonly demonstration: boolean
  /** Whether the embedded directories are started. */
  readonly withDirectories: boolean
  /** Where letters go, when not where the settings say. */
  readonly smtpUrl?: string
  readonly say: (sentence: string) => void
}

/** The house, open: whoever holds it holds its home. */
export interface House extends AsyncDisposable {
  readonly settings: Settings
  readonly rooms: Rooms
  /** Where the embedded directories listen, by target. */
  readonly directoryPorts: ReadonlyMap<string, number>
  /** Ends when a thread of the house has ended by itself. */
  readonly broken: Promise<Error>
}

/** Opens everything in order, and closes it in the other order, also when opening fails half-way. */
export async function openHouse(options: HouseOptions): Promise<House> {
  const { settings, demonstration, withDirectories, say } = options
  const { config } = settings
  const refused = notYet(settings)
  if (refused.length > 0) throw new IdentityError('SETTINGS_INVALID', refused.join('\n'))
  await using opened = new AsyncDisposableStack()
  opened.use(options.lock)

  const clock = systemClock
  const chance = systemChance
  const log = createLog({ level: config.log.level })
  const metrics = createMetrics(packageVersion)
  const ring = await openKeyRing({ file: config.keys.master_file, clock, chance })
  const registry = await openRegistry({ folder: join(config.home, 'registry'), clock })
  opened.defer(() => registry.close())

  const passwords = await servicePasswords({
    demonstration,
    home: config.home,
    chance,
    made: (file) =>
      say(`Passwords of the directories' service accounts were made: ${file} (readable by you alone).`),
  })
  const embedded = embeddedDirectories(config)
  const directories = withDirectories
    ? await runDirectories({
        directories: embedded,
        folder: join(config.home, 'directories'),
        passwords,
        metrics,
      })
    : null
  if (directories) opened.defer(() => directories.close())
  const directoryPorts = directories?.ports ?? new Map<string, number>()

  const targets = targetsOf(config, directoryPorts, passwords.matricule)
  for (const target of targets) opened.defer(() => target.close())
  // A directory that is only observed owes nobody anything.
  const written = targets.filter(({ mode }) => mode === 'write').map(({ name }) => name)
  await registry.transaction((tx) => writeTargets(tx, written))
  await reserve(registry, config.address.reserved)
  const smtpUrl = options.smtpUrl ?? settings.secrets.letters.smtp_url
  const mailer = smtpUrl === null ? noMailer : createSmtpMailer(smtpUrl)
  opened.defer(() => mailer.close())

  const rooms: Rooms = {
    source: sourceOf(config, clock),
    registry,
    targets,
    mailer,
    ring,
    clock,
    chance,
    log,
    metrics,
    rules: rulesOf(config, publicBase(config)),
  }
  const stack = opened.move()
  return {
    settings,
    rooms,
    directoryPorts,
    broken: Promise.race([registry.broken, ...(directories ? [directories.broken] : [])]),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

/** The targets without an address of their own, which have an embedded directory. */
export function embeddedDirectories(config: Config): Embedded[] {
  return Object.entries(config.targets).flatMap(([name, { url }]) => {
    if (url !== '') return []
    const key = name.replaceAll('-', '_')
    const at = (config.ldap as Readonly<Record<string, { host: string; port: number }>>)[key]
    return at
      ? [{ profile: profileOf(name, config), host: at.host, port: at.port, setting: `ldap.${key}.port` }]
      : []
  })
}

function targetsOf(config: Config, ports: ReadonlyMap<string, number>, servicePassword: string): Target[] {
  return Object.entries(config.targets).map(([name, target]) => {
    const profile = profileOf(name, config)
    const timeoutMs = config.daemon.operation_timeout_seconds * 1000
    if (target.url === '') {
      const port = ports.get(name) ?? 0
      const host = embeddedDirectories(config).find((each) => each.profile.name === name)?.host ?? '127.0.0.1'
      const url = `ldap://${host.includes(':') ? `[${host}]` : host}:${port}`
      const bindDn = serviceDn('matricule', profile.base)
      return createLdapTarget({
        profile,
        url,
        bindDn,
        password: servicePassword,
        mode: target.mode,
        startTls: false,
        timeoutMs,
      })
    }
    const startTls =
      target.tls === 'starttls' ||
      (target.tls === 'auto' && target.url.startsWith('ldap:') && !isLoopback(new URL(target.url).hostname))
    return createLdapTarget({
      profile,
      url: target.url,
      bindDn: target.bind_dn,
      password: target.password_file === null ? '' : readSecretFile(target.password_file),
      ...(target.ca_file === null ? {} : { ca: readFileSync(target.ca_file, 'utf8') }),
      mode: target.mode,
      startTls,
      timeoutMs,
    })
  })
}

function profileOf(name: string, config: Config): Profile {
  const wanted = config.targets[name]?.profile || name
  const profile = profiles[wanted]
  if (profile === undefined) {
    const known = Object.keys(profiles).join(', ')
    throw new IdentityError(
      'SETTINGS_INVALID',
      `targets.${name}.profile: no profile of that name; there are ${known}`,
    )
  }
  if (!(config.passwords.schemes as readonly string[]).includes(profile.scheme)) {
    throw new IdentityError(
      'SETTINGS_INVALID',
      `passwords.schemes: ${name} needs ${profile.scheme}, else nobody could sign in there`,
    )
  }
  const base = config.targets[name]?.base ?? null
  return base === null ? profile : relocated(profile, base)
}

function sourceOf(config: Config, clock: Clock): Source {
  const { path, interval_seconds } = config.source
  if (path === null)
    throw new IdentityError('SETTINGS_INVALID', 'source.path: is needed with source.kind drop')
  const drop = createDropSource({
    path,
    limits: {
      maxSetAsideShare: config.feed.max_set_aside_share,
      maxFileBytes: config.feed.max_file_mib * 1024 * 1024,
      firstYear: config.year.first ? '9999' : null,
    },
  })
  return paced(drop, clock, interval_seconds * 1000)
}

/** Addresses that no student may get, one a line (setting `address.reserved`). */
async function reserve(registry: Registry, file: string | null): Promise<void> {
  if (file === null) return
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new IdentityError('SETTINGS_INVALID', 'address.reserved: the file cannot be read', { cause })
  })
  const addresses = text.split(/\r?\n/).map((line) => line.trim())
  const at = registry.clock.now()
  await reserveMails(
    registry.db,
    addresses.filter((line) => line.includes('@')),
    'reserved',
    at,
  )
}

const noMailer: Mailer = {
  send: () =>
    Promise.reject(
      new IdentityError('LETTER_UNDELIVERED', 'letters.smtp_url is not set', { transient: true }),
    ),
  close: () => undefined,
}
