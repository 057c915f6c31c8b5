import { connect } from 'node:net'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, type ClientOptions } from 'ldapts'
import { firstEntries, suffixOf } from '../../../bin/first-entries.ts'
import { systemChance } from '../../../platform/chance.ts'
import { packageRoot } from '../../../platform/root.ts'
import { createVerifiers } from '../../../platform/verifier.ts'
import { freePorts } from '../ports.ts'
import type { Certificates } from './certificates.ts'
import { container, engineInsteadOf } from './containers.ts'
import { fill } from './fill.ts'
import { neededPrograms, program, programsOf, runProgram } from './program.ts'
import { serve, type Machine, type Server } from './server.ts'

/** The password of the service accounts of a test. */
export const servicePassword = 'demo'

/** What differs between one directory and another, and what a test does to it. */
export interface SlapdSettings {
  /** none: no TLS at all · starttls: a password is taken over TLS only · ldaps: nothing but TLS. */
  readonly tls: 'none' | 'starttls' | 'ldaps'
  /** Of the server; needed for TLS. */
  readonly certificates: Certificates | null
  /** Whether a change is on the disk before it is acknowledged. */
  readonly durable: boolean
  readonly readOnly: boolean
  /** Bytes that the database may take; fewer than it has already: it takes no more. */
  readonly maxBytes: number
  /** Seconds after which a silent connection is closed; 0: never. */
  readonly idleSeconds: number
  /** Access rules; those of docker/openldap/access.conf unless told otherwise. */
  readonly access: string
  /** An overlay over the database, by the name of its module; none: ''. */
  readonly overlay: string
  /** What else its configuration says. */
  readonly more: Configuration
  /** Whether it begins with nothing at all: what it holds comes from another. */
  readonly empty: boolean
}

/** Lines of slapd.conf(5). */
export interface Configuration {
  readonly modules?: readonly string[]
  /** Databases before that of the people. */
  readonly before?: string
  /** In the database of the people. */
  readonly within?: string
  /** After everything else: overlays over it. */
  readonly after?: string
}

export interface Slapd extends Server {
  readonly url: string
  /** The authority to trust (PEM). */
  readonly ca: string | undefined
  readonly startTls: boolean
  /** A socket of this machine, as good as TLS (localClient). */
  readonly local: string
  /** Starts it again under other settings, its entries unchanged. */
  under(changed: Partial<SlapdSettings>): Promise<void>
  /** Stops it, adds the entries of an LDIF file without asking anybody, and starts it again. Without `-w` among the flags
   *  of slapadd its contextCSN stays what it was. */
  load(path: string, flags?: readonly string[]): Promise<void>
  /** Stops it, and starts it again as it was at first. */
  afresh(): Promise<void>
}

const configuration = join(packageRoot, 'docker', 'openldap')
const packages = ['slapd', 'slapd-contrib']
const listensInside = 3890
const socket = 'ldapi'

/** The rules of docker/openldap/access.conf, for a test that takes some away. */
export function accessRules(): Promise<string> {
  return readFile(join(configuration, 'access.conf'), 'utf8')
}

/** Starts an OpenLDAP with the configuration of docker/openldap that holds nothing but what an embedded directory holds
 *  at first (bin/first-entries.ts).
 *  @param base where people live: `ou=people,dc=…` */
export async function startSlapd(base: string, settings: Partial<SlapdSettings> = {}): Promise<Slapd> {
  let current: SlapdSettings = {
    tls: 'none',
    certificates: null,
    durable: false,
    readOnly: false,
    maxBytes: 1_073_741_824,
    idleSeconds: 0,
    access: await accessRules(),
    overlay: '',
    more: {},
    empty: false,
    ...settings,
  }
  await using unfinished = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'matricule-slapd-'))
  unfinished.defer(() => rm(folder, { recursive: true, force: true }))
  await mkdir(join(folder, 'data'))
  await writeFile(join(folder, 'first.ldif'), current.empty ? '' : await firstLdif(base))
  await mkdir(join(folder, 'log'))
  await configure(folder, base, current)
  const [port = 0] = await freePorts(1)
  const scheme = current.tls === 'ldaps' ? 'ldaps' : 'ldap'
  const machine = await machineIn(folder, base, scheme, port)
  const local = join(folder, socket)
  const server = await serve(machine, port, () => greet(local))
  unfinished.move()
  return {
    ...server,
    url: `${scheme}://127.0.0.1:${port}`,
    ca: current.certificates?.ca,
    startTls: current.tls === 'starttls',
    local,
    async under(changed) {
      current = { ...current, ...changed }
      await configure(folder, base, current)
      await server.stop()
      await server.start()
    },
    async load(path, flags = ['-q', '-w']) {
      const slapadd = neededPrograms(...packages)('slapadd')
      await server.stop()
      const conf = join(folder, 'slapd.conf')
      await runProgram(slapadd, ['-f', conf, '-b', suffixOf(base), ...flags, '-l', path])
      await server.start()
    },
    async afresh() {
      const slapadd = neededPrograms(...packages)('slapadd')
      await server.stop()
      await rm(join(folder, 'data'), { recursive: true })
      await mkdir(join(folder, 'data'))
      await runProgram(slapadd, [
        '-f',
        join(folder, 'slapd.conf'),
        '-b',
        suffixOf(base),
        '-q',
        '-l',
        join(folder, 'first.ldif'),
      ])
      await server.start()
    },
  }
}

/** Asks for the root DSE, which anybody may read. */
async function greet(local: string): Promise<void> {
  const client = localClient(local, { timeout: 2_000 })
  await client.search('', { scope: 'base' }).finally(() => client.unbind())
}

/** A client by the local socket of a server. */
export function localClient(local: string, options: Omit<ClientOptions, 'url'> = {}): Client {
  return new Client({ url: 'ldap://localhost', createConnection: () => connect(local), ...options })
}

async function machineIn(folder: string, base: string, scheme: string, port: number): Promise<Machine> {
  const conf = join(folder, 'slapd.conf')
  const load = ['-f', conf, '-b', suffixOf(base), '-q', '-l', join(folder, 'first.ldif')]
  // -d keeps it from going to the background; 32768 is what is always said.
  const serving = ['-f', conf, '-d', '32768', '-h']
  const local = `ldapi://${encodeURIComponent(join(folder, socket))}`
  const programs = programsOf(...packages)
  if (programs) {
    await runProgram(programs('slapadd'), load)
    const args = [...serving, `${scheme}://127.0.0.1:${port} ${local}`]
    return program({ command: programs('slapd'), args, folder })
  }
  const engine = await engineInsteadOf(packages)
  const image = await engine.containers.GenericContainer.fromDockerfile(configuration).build()
  const once = `test -e ${folder}/data/data.mdb || slapadd ${load.join(' ')}`
  const served = `exec slapd ${serving.join(' ')} '${scheme}://0.0.0.0:${listensInside} ${local}'`
  return container(
    engine,
    image
      .withBindMounts([folder, join(packageRoot, 'schemas')].map((path) => ({ source: path, target: path })))
      .withUser(`${process.getuid?.() ?? 0}`)
      .withCommand(['sh', '-c', `${once}; ${served}`]),
    { port, inside: listensInside, folder },
  )
}

async function configure(folder: string, base: string, settings: SlapdSettings): Promise<void> {
  const { tls, certificates, durable, readOnly, maxBytes, idleSeconds, access, overlay } = settings
  const values = {
    BASE: base,
    SUFFIX: suffixOf(base),
    FOLDER: folder,
    SCHEMA: '/etc/ldap/schema',
    HOUSE_SCHEMA: join(packageRoot, 'schemas', 'ldap'),
    MODULES: '/usr/lib/ldap',
    ACCESS: join(folder, 'access.conf'),
    CERTIFICATE: certificates ? join(folder, 'server.pem') : '',
    KEY: certificates ? join(folder, 'server.key') : '',
    LEAST_STRENGTH: tls === 'none' ? '' : '128',
    IDLE_SECONDS: String(idleSeconds),
    MAX_BYTES: String(maxBytes),
    READ_ONLY: readOnly ? 'on' : 'off',
    SYNC: durable ? '' : 'dbnosync',
    OVERLAY: overlay,
    SESSION_LOG: overlay === 'syncprov' ? '10000' : '',
  }
  await writeFile(join(folder, 'server.pem'), certificates?.certificate ?? '')
  await writeFile(join(folder, 'server.key'), certificates?.key ?? '', { mode: 0o600 })
  await writeFile(join(folder, 'access.conf'), fill(access, values))
  const template = await readFile(join(configuration, 'slapd.conf'), 'utf8')
  const { modules = [], before = '', within = '', after = '' } = settings.more
  const filled = fill(template, values)
    .replace(
      'moduleload argon2',
      ['moduleload argon2', ...modules.map((name) => `moduleload ${name}`)].join('\n'),
    )
    .replace('database mdb', `${before.replaceAll('FOLDER', folder)}\ndatabase mdb`)
    .replace(/^readonly .*$/m, (line) => `${line}\n${within}`)
  await writeFile(join(folder, 'slapd.conf'), `${filled}\n${after}\n`)
}

async function firstLdif(base: string): Promise<string> {
  const verifiers = createVerifiers({
    schemes: ['ssha512'],
    chance: systemChance,
    argon2: { memory_kib: 8_192, passes: 1, lanes: 1 },
  })
  const passwords = { matricule: servicePassword, cas: servicePassword, zimbra: servicePassword }
  return firstEntries(base, passwords, verifiers)
}
