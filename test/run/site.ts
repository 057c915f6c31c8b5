import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serviceDn } from '../../bin/first-entries.ts'
import { openDirectories, type TestDirectory } from './directories.ts'
import { servicePassword } from './servers/slapd.ts'

/** A university as it would install Matricule: PostgreSQL and three OpenLDAPs, or what is embedded; and settings for
 *  processes of their own. */
export interface Site extends AsyncDisposable {
  readonly folder: string
  /** Where the feed is laid. */
  readonly drop: string
  readonly directories: ReadonlyMap<string, TestDirectory>
  /** The settings of every process of this university; the home is each one's own. */
  readonly env: Readonly<Record<string, string>>
  /** A home for one more process. */
  home(name: string): Promise<string>
}

export interface SiteOptions {
  /** The address of a PostgreSQL database for the registry; null: registry and directories are those of the house. */
  readonly registry: string | null
  readonly smtpUrl: string
  readonly env?: Readonly<Record<string, string>>
  /** Whether what a directory acknowledges is on its disk. */
  readonly durable?: boolean
  /** Whether nothing stands between us and a directory: no wire that a test could cut, no TLS. */
  readonly direct?: boolean
  /** Bytes that each directory may take; those of `startSlapd` unless told otherwise. */
  readonly maxBytes?: number
}

export async function openSite({
  registry,
  smtpUrl,
  env = {},
  durable = false,
  direct = false,
  maxBytes,
}: SiteOptions): Promise<Site> {
  await using opened = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'matricule-site-'))
  opened.defer(() => rm(folder, { recursive: true, force: true }))
  const directories = await openDirectories(registry === null ? 'embedded' : 'openldap', {
    durable,
    ...(direct ? { tls: 'none' as const } : {}),
    ...(maxBytes === undefined ? {} : { maxBytes }),
  })
  for (const directory of directories.values()) opened.defer(() => directory.close())
  const drop = join(folder, 'drop')
  const settings: Record<string, string> = {
    ...(registry === null ? {} : { MATRICULE_REGISTRY_URL: registry }),
    MATRICULE_KEYS_MASTER_FILE: join(folder, 'keys.json'),
    MATRICULE_SOURCE_KIND: 'drop',
    MATRICULE_SOURCE_PATH: drop,
    MATRICULE_SOURCE_INTERVAL_SECONDS: '1',
    MATRICULE_LETTERS_SINCE: '2020-01-01',
    MATRICULE_LETTERS_SMTP_URL: smtpUrl,
    MATRICULE_LETTERS_SEND_AT: 'now',
    MATRICULE_DAEMON_PASS_INTERVAL_SECONDS: '5',
  }
  for (const [name, directory] of directories) {
    const key = (setting: string) => `MATRICULE_TARGETS_${name.toUpperCase().replaceAll('-', '_')}_${setting}`
    const passwordFile = join(folder, `${name}.password`)
    await writeFile(passwordFile, servicePassword, { mode: 0o600 })
    settings[key('URL')] = (direct ? directory.slapd?.url : undefined) ?? directory.url
    settings[key('BIND_DN')] = serviceDn('matricule', directory.profile.base)
    settings[key('PASSWORD_FILE')] = passwordFile
    if (directory.slapd?.startTls === true) settings[key('TLS')] = 'starttls'
    if (directory.slapd?.ca !== undefined) {
      const caFile = join(folder, `${name}.pem`)
      await writeFile(caFile, directory.slapd.ca)
      settings[key('CA_FILE')] = caFile
    }
  }
  const stack = opened.move()
  return {
    folder,
    drop,
    directories,
    env: { ...settings, ...env },
    async home(name) {
      const path = join(folder, name)
      await mkdir(path, { mode: 0o700 })
      return path
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}
