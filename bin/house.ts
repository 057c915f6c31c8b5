import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { withoutCanary } from '../daemon/canary/unseen.ts'
import { alone, facts, looksOn, startLeadership, type RunningLeadership } from '../daemon/leadership.ts'
import { createImapMailbox } from '../daemon/bounce/mailbox.ts'
import { createSmtpMailer, type Mailer, type MailerOptions } from '../daemon/letter/mailer.ts'
import type { Rooms } from '../daemon/rooms.ts'
import { guarded, type BreakerOptions } from '../daemon/target/breaker.ts'
import { led } from '../daemon/target/led.ts'
import { createLdapTarget } from '../daemon/target/ldap.ts'
import type { Target } from '../daemon/target/target.ts'
import { randomUuid, type Chance } from '../platform/chance.ts'
import type { Clock } from '../platform/clock.ts'
import { IdentityError } from '../platform/error.ts'
import { readSecretFile, writeAtomically } from '../platform/files.ts'
import type { Lock } from '../platform/lock.ts'
import { isLoopback, publicBase, type Config, type Settings } from '../platform/settings.ts'
import { createVerifiers } from '../platform/verifier.ts'
import { foundInSettings, reserveMails } from '../registry/mails.ts'
import type { Registry } from '../registry/open.ts'
import { writeTargets } from '../registry/settlements.ts'
import { runDirectories, servicePasswords, type Embedded } from './directories.ts'
import { serviceDn } from './first-entries.ts'
import { isShared, openFoundations, type Foundations } from './foundations.ts'
import { mailboxesOf } from './mailboxes.ts'
import { openProfiles, type Profiles } from './profiles.ts'
import { rulesOf } from './rules.ts'
import { openKeySource, openSource } from './source.ts'

export interface HouseOptions {
  readonly settings: Settings
  /** The home, taken; given up when the house closes. Null for one who only looks at a registry that others share. */
  readonly lock: Lock | null
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
  /** Lets others lead: at once, or, where something may still be under way, once the leases have run out. */
  stopLeading(givingBack: boolean): Promise<void>
  /** Ends when a thread of the house has ended by itself. */
  readonly broken: Promise<Error>
}

/** Opens everything in order, and closes it in the other order, also when opening fails half-way. */
export async function openHouse(options: HouseOptions): Promise<House> {
  const { settings, demonstration, withDirectories, say } = options
  const { config } = settings
  await using opened = new AsyncDisposableStack()
  if (options.lock) opened.use(options.lock)

  const foundations = await openFoundations(settings, opened)
  const { clock, chance, metrics, registry } = foundations

  const profiles = await openProfiles(config)
  const embedded = embeddedDirectories(config, profiles)
  const passwords =
    embedded.length === 0
      ? null
      : await servicePasswords({
          demonstration,
          home: config.home,
          chance,
          made: (file) =>
            say(`Passwords of the directories' service accounts were made: ${file} (readable by you alone).`),
        })
  const directories =
    withDirectories && passwords
      ? await runDirectories({
          directories: embedded,
          folder: join(config.home, 'directories'),
          passwords,
          metrics,
        })
      : null
  if (directories) opened.defer(() => directories.close())
  const directoryPorts = directories?.ports ?? new Map<string, number>()

  const mailboxes = mailboxesOf(config, registry, clock)
  const directly = [
    ...targetsOf(config, profiles, directoryPorts, passwords?.matricule ?? '', clock),
    ...mailboxes,
  ]
  for (const target of directly) opened.defer(() => target.close())
  // A directory that is only observed owes nobody anything.
  const written = directly.filter(({ mode }) => mode === 'write').map(({ name }) => name)
  const passwordless = mailboxes.map(({ name }) => name)
  await registry.transaction((tx) => writeTargets(tx, written, passwordless))
  await reserve(registry, config.address.reserved)
  const smtpUrl = options.smtpUrl ?? settings.secrets.letters.smtp_url
  const mailer =
    smtpUrl === null ? noMailer : createSmtpMailer({ url: smtpUrl, clock, ...mailRulesOf(config) })
  opened.defer(() => mailer.close())

  const leading = isShared(settings) && options.lock ? await lead(foundations, config, directly) : null
  if (leading) opened.defer(() => leading.stop({ givingBack: true }))
  const leadership = leading ?? (isShared(settings) ? looksOn : alone)

  const rooms: Rooms = {
    ...foundations,
    source: await openSource(settings, registry),
    ...(await openKeySource(settings, clock)),
    targets: directly.map((target) =>
      withoutCanary(led(guarded(target, breakerOf(foundations, config)), leadership), registry),
    ),
    leadership,
    mailer,
    ...bouncesOf(settings, clock),
    ...canaryOf(config, chance),
    rules: rulesOf(config, publicBase(config)),
  }
  const stack = opened.move()
  return {
    settings,
    rooms,
    directoryPorts,
    stopLeading: async (givingBack) => leading?.stop({ givingBack }),
    broken: Promise.race([registry.broken, ...(directories ? [directories.broken] : [])]),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

/** Asks to lead where several daemons may run: known again after a restart by a name that lies in our home. */
async function lead(
  { registry, clock, chance, metrics, log }: Foundations,
  { home, daemon }: Config,
  targets: readonly Target[],
): Promise<RunningLeadership> {
  const file = join(home, 'holder')
  const known = await readFile(file, 'utf8').catch(() => '')
  const holder = known.trim() || randomUuid(chance)
  if (known === '') await writeAtomically(file, `${holder}\n`, 0o600)
  return startLeadership({
    registry,
    led: [facts, ...targets.map(({ name }) => name)],
    holder,
    leaseMs: daemon.lease_seconds * 1000,
    operationMs: daemon.operation_timeout_seconds * 1000,
    clock,
    metrics,
    log,
  })
}

function breakerOf({ clock, chance, log, metrics }: Foundations, { daemon }: Config): BreakerOptions {
  return {
    clock,
    chance,
    log,
    metrics,
    failures: daemon.breaker_failures,
    longestMs: daemon.breaker_longest_seconds * 1000,
  }
}

/** By whom sign-in is tried, where it is. */
function canaryOf({ canary, passwords: { schemes, argon2 } }: Config, chance: Chance): Pick<Rooms, 'canary'> {
  if (!canary.enabled) return {}
  return {
    canary: {
      login: canary.login,
      everyMs: canary.period_seconds * 1000,
      renewMs: canary.renew_hours * 3_600_000,
      verifiers: createVerifiers({ schemes, chance, argon2 }),
    },
  }
}

/** The targets without an address of their own, which have an embedded directory. */
function embeddedDirectories(config: Config, profiles: Profiles): Embedded[] {
  return [...profiles].flatMap(([name, profile]) => {
    if (config.targets[name]?.url !== '') return []
    const key = name.replaceAll('-', '_')
    const at = (config.ldap as Readonly<Record<string, { host: string; port: number }>>)[key]
    return at ? [{ profile, host: at.host, port: at.port, setting: `ldap.${key}.port` }] : []
  })
}

function targetsOf(
  config: Config,
  profiles: Profiles,
  ports: ReadonlyMap<string, number>,
  servicePassword: string,
  clock: Clock,
): Target[] {
  return [...profiles].flatMap(([name, profile]) => {
    const target = config.targets[name]
    if (target === undefined) return []
    const timeoutMs = config.daemon.operation_timeout_seconds * 1000
    if (target.url === '') {
      const port = ports.get(name) ?? 0
      const host =
        embeddedDirectories(config, profiles).find((each) => each.profile.name === name)?.host ?? '127.0.0.1'
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
        clock,
        window: config.daemon.window,
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
      clock,
      window: config.daemon.window,
    })
  })
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
    foundInSettings,
    at,
  )
}

function mailRulesOf({ letters }: Config): Pick<MailerOptions, 'inClear' | 'connectMs' | 'letterMs'> {
  return {
    inClear: letters.tls === 'none',
    connectMs: letters.connect_timeout_seconds * 1000,
    letterMs: letters.timeout_seconds * 1000,
  }
}

/** The mailbox that letters come back to, where there is one. */
function bouncesOf({ config, secrets }: Settings, clock: Clock): Pick<Rooms, 'bounces'> {
  const url = secrets.letters.bounces_url
  if (url === null) return {}
  const { folder, handled, set_aside: aside, tls, timeout_seconds } = config.letters.bounces
  const folders = { handled, aside }
  return {
    bounces: createImapMailbox({
      ...{ url, folder, folders, clock },
      visitMs: timeout_seconds * 1000,
      inClear: tls === 'none',
    }),
  }
}

const noMailer: Mailer = {
  longestMs: 0,
  send: () =>
    Promise.reject(
      new IdentityError('LETTER_UNDELIVERED', 'letters.smtp_url is not set', { transient: true }),
    ),
  close: () => undefined,
}
