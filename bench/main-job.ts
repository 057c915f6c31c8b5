import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { parseArgs, promisify } from 'node:util'
import pg from 'pg'
import { serviceDn } from '../bin/first-entries.ts'
import { generateUniversity, openYearOn, writeDrop } from '../demo/generate.ts'
import { parisDay } from '../domain/paris.ts'
import { randomUuid, systemChance } from '../platform/chance.ts'
import { systemClock } from '../platform/clock.ts'
import { openKeyRing, type KeyRing } from '../platform/seal.ts'
import { createVerifiers } from '../platform/verifier.ts'
import { claimByKey, type KeptVerifier } from '../registry/claims.ts'
import { openRegistry, type Registry } from '../registry/open.ts'
import { eventually } from '../test/run/eventually.ts'
import { openMailServer } from '../test/run/mail-server.ts'
import { startMatricule, type Running } from '../test/run/matricule.ts'
import { startPostgres } from '../test/run/servers/postgres.ts'
import { servicePassword } from '../test/run/servers/slapd.ts'
import { openSite, type Site } from '../test/run/site.ts'

/** The main job on real input: a generated university is read, judged, and settled into three durable OpenLDAPs, with
 *  the registry on a durable PostgreSQL; daemon and page are the real programs, each a process of its own. While it
 *  runs, page, registry and directories are asked now and then, to see that they still answer. Prints one line of JSON. */
const { values } = parseArgs({
  allowPositionals: true,
  options: { students: { type: 'string', default: '60000' }, json: { type: 'boolean' } },
})
const students = Number(values.students)
const hour = 3_600_000
const say = (sentence: string) => process.stderr.write(`${sentence}\n`)

await using stack = new AsyncDisposableStack()
const postgres = stack.use(await startPostgres({ durable: true }))
await query('postgres', 'create database registry')
const mail = await openMailServer()
stack.defer(() => mail.close())
const site = stack.use(
  await openSite({
    registry: postgres.url('registry'),
    smtpUrl: mail.url,
    durable: true,
    env: {
      MATRICULE_LETTERS_MODE: 'observe',
      MATRICULE_LOG_LEVEL: 'warn',
      MATRICULE_SOURCE_INTERVAL_SECONDS: '300',
      MATRICULE_DAEMON_PASS_INTERVAL_SECONDS: '600',
    },
  }),
)
const now = systemClock.now()
const today = parisDay(now)
const records = generateUniversity({ students, seed: 'main job', today })
await writeDrop(site.drop, records, { snapshot: 1, takenAt: now, openYears: [openYearOn(today)] })
say(`${records.length} students in a drop`)

const first = await timed('read and judged', (home) => daemonUntilReady(site, home))
const activated = await activateEverybody()
say(`${activated} students activated`)
const web = stack.use(
  await startMatricule({
    home: await site.home('web'),
    command: ['sh', 'bin/matricule', 'web'],
    env: { ...site.env, MATRICULE_PUBLIC_BASE_URL: 'http://127.0.0.1' },
  }),
)
await web.ready()
const asked = askNowAndThen(web)
const second = await timed('planned and settled', (home) => daemonUntilReady(site, home))
const answers = await asked.stop()
const entries = await countEntries()
const third = await timed('nothing to do', (home) => daemonUntilReady(site, home))

process.stdout.write(
  `${JSON.stringify({ name: 'main-job', students, activated, entries, read: first, settle: second, again: third, answers, web_rss_mb: await peakMb(web) })}\n`,
)

interface Measured {
  readonly seconds: number
  /** The most memory the daemon ever had, in MiB. */
  readonly rss_mb: number
}

async function timed(what: string, act: (home: string) => Promise<number>): Promise<Measured> {
  const home = await site.home(what.replaceAll(' ', '-'))
  const before = systemClock.monotonic()
  const rss_mb = await act(home)
  const seconds = Math.round((systemClock.monotonic() - before) / 100) / 10
  say(`${what}: ${seconds} s, ${rss_mb} MiB`)
  return { seconds, rss_mb }
}

/** Starts a daemon, waits until its first pass has settled everything, and stops it. */
async function daemonUntilReady({ env }: Site, home: string): Promise<number> {
  await using daemon = await startMatricule({
    home,
    command: ['sh', 'bin/matricule', 'daemon'],
    env: { ...env, MATRICULE_PUBLIC_BASE_URL: 'http://127.0.0.1' },
  })
  await Promise.race([
    eventually(
      'readiness',
      async () => (await fetch(`http://127.0.0.1:${daemon.ports.ops}/readyz`)).ok,
      hour,
    ),
    daemon.ended.then(() => Promise.reject(new Error(daemon.errors()))),
  ])
  const rss = await peakMb(daemon)
  await daemon.stop()
  return rss
}

async function peakMb({ child }: Running): Promise<number> {
  const status = await readFile(`/proc/${child.pid ?? 0}/status`, 'utf8')
  return Math.round(Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1]) / 1024)
}

/** Uses every waiting key, as the page would; one password for all, since hashing is not what is measured. */
async function activateEverybody(): Promise<number> {
  const clock = systemClock
  const registry = await openRegistry({
    server: { url: postgres.url('registry'), connections: 8, connectMs: 60_000, statementMs: 60_000 },
    clock,
  })
  const ring = await openKeyRing({
    file: site.env['MATRICULE_KEYS_MASTER_FILE'] ?? '',
    clock,
    chance: systemChance,
  })
  const verifiers = await keptVerifiers(ring)
  const waiting = await registry.db
    .selectFrom('activation_key')
    .innerJoin('account', 'account.number', 'activation_key.number')
    .select(['account.number', 'activation_key.version'])
    .where('activation_key.state', '=', 'waiting')
    .where('account.right_kind', '=', 'open')
    .execute()
  let claimed = 0
  const rest = waiting.values()
  const work = async () => {
    for (const { number, version } of rest) if (await claim(registry, number, version, verifiers)) claimed++
  }
  await Promise.all(Array.from({ length: 8 }, work))
  await registry.close()
  return claimed
}

async function claim(
  registry: Registry,
  number: string,
  keyVersion: number,
  verifiers: readonly KeptVerifier[],
) {
  const at = systemClock.now()
  const mail = await claimByKey(registry, {
    number,
    keyVersion,
    verifiers,
    localPart: `etu.${number}`,
    mailRules: { domain: 'etu.example.org', wordSeparator: '_', homonym: 'dotted' },
    letter: null,
    repeat: null,
    progress: { id: randomUuid(systemChance), expiresAt: at },
    answer: () => null,
    at,
  })
  return mail !== null
}

async function keptVerifiers(ring: KeyRing): Promise<KeptVerifier[]> {
  const made = await createVerifiers({
    schemes: ['argon2id', 'ssha512', 'ssha'],
    chance: systemChance,
    argon2: { memory_kib: 8_192, passes: 1, lanes: 1 },
  }).make('soixante mille fois la même phrase')
  return Promise.all(
    Object.entries(made).map(async ([scheme, verifier]) => ({
      scheme,
      sealed: await ring.seal('verifier', verifier),
      mac: ring.mac('verifier', verifier),
    })),
  )
}

/** Asks page, registry and directories ten times a second each, until stopped: milliseconds until the answer. */
function askNowAndThen(web: Running) {
  const stopping = new AbortController()
  const page = `http://127.0.0.1:${web.ports.page}/creation-motdepasse`
  const json = { 'content-type': 'application/json' }
  const wrongKey = JSON.stringify({ studentNumber: records[0]?.person.number, key: 'ABCDEFGHJKMN' })
  const asks: Record<string, () => Promise<unknown>> = {
    page: async () => (await fetch(`${page}/`)).text(),
    'page and registry': async () =>
      (
        await fetch(`${page}/api/activation/verify`, { method: 'POST', headers: json, body: wrongKey })
      ).text(),
    registry: () => query('registry', 'select count(*) from lease'),
  }
  for (const [name, directory] of site.directories)
    asks[name] = () => directory.entry(records[1]?.person.number ?? '')
  const times = new Map<string, number[]>()
  const lanes = Object.entries(asks).map(async ([name, ask]) => {
    const taken: number[] = []
    times.set(name, taken)
    while (!stopping.signal.aborted) {
      const before = systemClock.monotonic()
      await ask()
      taken.push(systemClock.monotonic() - before)
      await systemClock.sleep(100, stopping.signal)
    }
  })
  return {
    async stop() {
      stopping.abort()
      await Promise.all(lanes)
      return Object.fromEntries([...times].map(([name, taken]) => [name, percentiles(taken)]))
    },
  }
}

function percentiles(times: readonly number[]) {
  const sorted = [...times].sort((one, other) => one - other)
  const at = (share: number) => Math.round(sorted[Math.floor(sorted.length * share)] ?? 0)
  return { asked: sorted.length, p50_ms: at(0.5), p99_ms: at(0.99), most_ms: Math.round(sorted.at(-1) ?? 0) }
}

/** How many people each directory has now, counted by a client that we did not write. */
async function countEntries(): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const [name, { profile, slapd }] of site.directories) {
    const { stdout } = await promisify(execFile)(
      'ldapsearch',
      [
        ['-LLL', '-x', '-H', `ldapi://${encodeURIComponent(slapd?.local ?? '')}`],
        ['-D', serviceDn('matricule', profile.base), '-w', servicePassword],
        ['-b', profile.base, '-E', 'pr=1000/noprompt', profile.filter, '1.1'],
      ].flat(),
      { maxBuffer: 1024 * 1024 * 1024 },
    )
    counts[name] = stdout.match(/^dn:/gm)?.length ?? 0
  }
  return counts
}

async function query(database: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: postgres.url(database) })
  await client.connect()
  await client.query(statement).finally(() => client.end())
}
