import { readFile } from 'node:fs/promises'
import pg from 'pg'
import { serviceDn } from '../bin/first-entries.ts'
import { generateUniversity, openYearOn, writeDrop } from '../demo/generate.ts'
import { parisDay } from '../domain/paris.ts'
import type { StudentRecord } from '../domain/person.ts'
import { randomUuid, systemChance } from '../platform/chance.ts'
import { systemClock } from '../platform/clock.ts'
import { openKeyRing, type KeyRing } from '../platform/seal.ts'
import { createVerifiers } from '../platform/verifier.ts'
import { claimByKey } from '../registry/claims.ts'
import type { KeptVerifier } from '../registry/verifiers.ts'
import { openRegistry, type Registry } from '../registry/open.ts'
import { eventually } from '../test/run/eventually.ts'
import { openMailServer } from '../test/run/mail-server.ts'
import { startMatricule } from '../test/run/matricule.ts'
import { startPostgres } from '../test/run/servers/postgres.ts'
import { servicePassword } from '../test/run/servers/slapd.ts'
import { openSite, type Site } from '../test/run/site.ts'
import type { TestDirectory } from '../test/run/directories.ts'

const hour = 3_600_000

/** A generated university in a drop, its registry on a durable PostgreSQL, its directories three durable OpenLDAPs. */
export interface BenchUniversity extends AsyncDisposable {
  readonly site: Site
  readonly records: readonly StudentRecord[]
  /** Runs one statement on the registry, as somebody else would. */
  query(statement: string): Promise<void>
  /** Starts a real daemon on a home, waits until its first pass has settled everything, and stops it; the most memory
   *  it ever had, in MiB. */
  readonly daemonUntilReady: (home: string) => Promise<number>
  /** Uses every waiting key, as the page would; one password for all, since hashing is not what is measured. Returns how
   *  many there were. */
  activateEverybody(): Promise<number>
  /** The same for more than can be waited for: what that leaves in the registry is written by a few statements. */
  activateInBulk(): Promise<void>
}

/** @param durable whether the directories sync to disk; those that do not may also be much larger */
export async function openBenchUniversity(
  students: number,
  { durable = true }: { durable?: boolean } = {},
): Promise<BenchUniversity> {
  await using opened = new AsyncDisposableStack()
  const postgres = opened.use(await startPostgres({ durable: true }))
  const query = async (database: string, statement: string) => {
    const client = new pg.Client({ connectionString: postgres.url(database) })
    await client.connect()
    await client.query(statement).finally(() => client.end())
  }
  await query('postgres', 'create database registry')
  const mail = await openMailServer()
  opened.defer(() => mail.close())
  const site = opened.use(
    await openSite({
      registry: postgres.url('registry'),
      smtpUrl: mail.url,
      durable,
      ...(durable ? {} : { maxBytes: 16 * 1024 ** 3 }),
      direct: true,
      env: {
        MATRICULE_LETTERS_MODE: 'observe',
        MATRICULE_LOG_LEVEL: 'warn',
        MATRICULE_PUBLIC_BASE_URL: 'http://127.0.0.1',
        MATRICULE_SOURCE_INTERVAL_SECONDS: '300',
        MATRICULE_DAEMON_PASS_INTERVAL_SECONDS: '600',
      },
    }),
  )
  const now = systemClock.now()
  const today = parisDay(now)
  const records = generateUniversity({ students, seed: 'main job', today })
  await writeDrop(site.drop, records, { snapshot: 1, takenAt: now, openYears: [openYearOn(today)] })
  const stack = opened.move()
  return {
    site,
    records,
    query: (statement) => query('registry', statement),
    daemonUntilReady: (home) => daemonUntilReady(site, home),
    activateEverybody: () => activateEverybody(site, postgres.url('registry')),
    activateInBulk: async () => {
      for (const statement of bulkOf(await keptVerifiers(await ringOf(site))))
        await query('registry', statement)
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

/** How `ldapsearch` reads a whole directory, page by page, as our service account. */
export function searchArguments({ profile, slapd }: TestDirectory, attributes: readonly string[]): string[] {
  return [
    ['-LLL', '-x', '-H', `ldapi://${encodeURIComponent(slapd?.local ?? '')}`],
    ['-D', serviceDn('matricule', profile.base), '-w', servicePassword],
    ['-b', profile.base, '-E', 'pr=1000/noprompt', profile.filter, ...attributes],
  ].flat()
}

export async function peakMb(pid: number | string): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Math.round(Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1]) / 1024)
}

export const middleOf = (values: readonly number[]): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0

/** Starts a daemon, waits until its first pass has settled everything, and stops it. */
async function daemonUntilReady({ env }: Site, home: string): Promise<number> {
  await using daemon = await startMatricule({
    home,
    command: ['sh', 'bin/matricule', 'daemon'],
    env,
  })
  await Promise.race([
    eventually(
      'readiness',
      async () => (await fetch(`http://127.0.0.1:${daemon.ports.ops}/readyz`)).ok,
      hour,
    ),
    daemon.ended.then(() => Promise.reject(new Error(daemon.errors()))),
  ])
  const rss = await peakMb(daemon.child.pid ?? 0)
  await daemon.stop()
  return rss
}

async function activateEverybody(site: Site, registryUrl: string): Promise<number> {
  const clock = systemClock
  const registry = await openRegistry({
    server: { url: registryUrl, connections: 8, connectMs: 60_000, statementMs: 60_000 },
    clock,
  })
  const verifiers = await keptVerifiers(await ringOf(site))
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

function ringOf({ env }: Site): Promise<KeyRing> {
  const file = env['MATRICULE_KEYS_MASTER_FILE'] ?? ''
  return openKeyRing({ file, clock: systemClock, chance: systemChance })
}

/** What `claimByKey` leaves behind, for all at once, promises and letters aside. */
function bulkOf(verifiers: readonly KeptVerifier[]): string[] {
  const literal = (text: string) => `'${text.replaceAll("'", "''")}'`
  const rows = verifiers.map(
    ({ scheme, sealed, mac }) => `(${[scheme, sealed, mac].map(literal).join(', ')})`,
  )
  const due = `a.right_kind = 'open' and a.state = 'invited'`
  return [
    `insert into institutional_address (address, number, claimed_at)
       select 'etu.' || number || '@etu.example.org', number, now() from account a where ${due}`,
    `insert into verifier (number, scheme, sealed, mac, chosen_at)
       select a.number, v.scheme, v.sealed, v.mac, now()
       from account a, (values ${rows.join(', ')}) as v(scheme, sealed, mac) where ${due}`,
    `insert into settlement (target, number, state, next_at)
       select t.name, a.number, 'unsettled', now() from target t, account a where ${due} on conflict do nothing`,
    `update activation_key k set state = 'used', sealed = null, ended_at = now()
       from account a where a.number = k.number and k.state = 'waiting' and ${due}`,
    `update account a set state = 'active', mail = 'etu.' || number || '@etu.example.org', activated_at = now(),
       state_since = now(), version = version + 1 where ${due}`,
    'vacuum analyze',
  ]
}
