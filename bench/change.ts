import { parseArgs } from 'node:util'
import { Attribute, Change, Client } from 'ldapts'
import { serviceDn } from '../bin/first-entries.ts'
import { systemChance } from '../platform/chance.ts'
import { systemClock as clock } from '../platform/clock.ts'
import { openKeyRing } from '../platform/seal.ts'
import { openRegistry } from '../registry/open.ts'
import type { TestDirectory } from '../test/run/directories.ts'
import { eventually } from '../test/run/eventually.ts'
import { startMatricule } from '../test/run/matricule.ts'
import { localClient, servicePassword } from '../test/run/servers/slapd.ts'
import { fillDirectories, withScheme } from './filled.ts'
import { choose, prepareChanges, type Prepared } from './password-changes.ts'
import { processorTime, spentBetween } from './processor-time.ts'
import { openBenchUniversity } from './university.ts'

/** From a password chosen until it is in all three directories, while the daemon reads each of them whole again and again:
 *  5 a second with {ARGON2} in the primary one, each proved by a bind; 50 a second with {SSHA512}, each read back and one
 *  in twenty proved by a bind. Beside it the servers' own share: a change of one attribute made in all three at once by a
 *  client that knows what to write, read back and bound likewise. Prints one line of JSON last. */
const { values } = parseArgs({
  allowPositionals: true,
  options: {
    students: { type: 'string', default: '60000' },
    seconds: { type: 'string', default: '30' },
    json: { type: 'boolean' },
  },
})
const seconds = Number(values.seconds)
const say = (sentence: string) => process.stderr.write(`${sentence}\n`)

await using stack = new AsyncDisposableStack()
const university = stack.use(await openBenchUniversity(Number(values.students)))
const { site } = university
await university.daemonUntilReady(await site.home('first'))
say(`${await university.activateEverybody()} students activated`)
const registry = await openRegistry({
  server: {
    url: site.env['MATRICULE_REGISTRY_URL'] ?? '',
    connections: 8,
    connectMs: 60_000,
    statementMs: 60_000,
  },
  clock,
})
stack.defer(() => registry.close())
const ring = await openKeyRing({
  file: site.env['MATRICULE_KEYS_MASTER_FILE'] ?? '',
  clock,
  chance: systemChance,
})
const cells = [
  await measure({ scheme: 'argon2id', perSecond: 5, boundOf: 1 }),
  await measure({ scheme: 'ssha512', perSecond: 50, boundOf: 20 }),
]
process.stdout.write(
  `${JSON.stringify({ name: 'change', cells, ratio: Math.min(...cells.map(({ ratio }) => ratio)) })}\n`,
)

interface Case {
  readonly scheme: 'argon2id' | 'ssha512'
  readonly perSecond: number
  /** One in so many is proved by a bind. */
  readonly boundOf: number
}

async function measure({ scheme, perSecond, boundOf }: Case) {
  const env = withScheme(site.env, scheme)
  await fillDirectories(university, env, await site.home(`fill-${scheme}`))
  const wholly = {
    MATRICULE_DAEMON_PASS_INTERVAL_SECONDS: '1',
    MATRICULE_DAEMON_WHOLE_SCAN_SECONDS: '1',
    MATRICULE_SOURCE_INTERVAL_SECONDS: '300',
  }
  await using daemon = await startMatricule({
    home: await site.home(`daemon-${scheme}`),
    command: ['sh', 'bin/matricule', 'daemon'],
    env: { ...env, ...wholly },
  })
  await eventually(
    'readiness',
    async () => (await fetch(`http://127.0.0.1:${daemon.ports.ops}/readyz`)).ok,
    3_600_000,
  )
  const schemes =
    scheme === 'argon2id' ? (['argon2id', 'ssha512', 'ssha'] as const) : (['ssha512', 'ssha'] as const)
  const all = await prepareChanges(registry, ring, { count: 2 * perSecond * seconds, schemes })
  // Half of them is chosen; the other half is where the servers alone are asked.
  const half = Math.floor(all.length / 2)
  say(`${scheme}: ${half} passwords are chosen, ${perSecond} a second`)
  await using reading = new AsyncDisposableStack()
  const places = await openPlaces(reading)
  const before = await processorTime()
  const began = clock.monotonic()
  const taken: Promise<number>[] = []
  const own: Promise<number>[] = []
  for (let n = 0; n < half; n++) {
    await clock.sleep(Math.max(0, began + (n * 1000) / perSecond - clock.monotonic()))
    const isBound = n % boundOf === 0
    taken.push(chosen(places, all[n] as Prepared, scheme, isBound))
    if (n % 5 === 0) own.push(serversAlone(places, all[half + n] as Prepared, scheme, isBound))
  }
  const times = percentiles(await Promise.all(taken))
  const servers = percentiles(await Promise.all(own))
  const cpu = spentBetween(before, await processorTime())
  say(
    `${scheme}: p50 ${times.p50} ms, p99 ${times.p99} ms; servers alone p50 ${servers.p50}, p99 ${servers.p99}`,
  )
  return {
    case: `${values.students} students, ${perSecond}/s, ${scheme}`,
    ours: times.p99,
    peer: 1000,
    peer_name: 'the second that is promised',
    unit: 'ms, p99',
    ratio: Math.round(100_000 / times.p99) / 100,
    p50_ms: times.p50,
    p99_ms: times.p99,
    servers_p50_ms: servers.p50,
    servers_p99_ms: servers.p99,
    changes: half,
    cpu_ms: cpu,
    rss_mb: null,
  }
}

/** A directory, and somebody who may read verifiers there. */
interface Place {
  readonly directory: TestDirectory
  readonly reader: Client
}

function openPlaces(stack: AsyncDisposableStack): Promise<Place[]> {
  return Promise.all(
    [...site.directories.values()].map(async (directory) => {
      const reader = localClient(directory.slapd?.local ?? '')
      stack.defer(() => reader.unbind())
      await reader.bind(serviceDn('matricule', directory.profile.base), servicePassword)
      return { directory, reader }
    }),
  )
}

/** Milliseconds until a password that is chosen now stands in every directory, and opens it. */
async function chosen(
  places: readonly Place[],
  change: Prepared,
  scheme: Case['scheme'],
  isBound: boolean,
): Promise<number> {
  const began = clock.monotonic()
  await choose(registry, change)
  await Promise.all(
    places.map(async ({ directory, reader }) => {
      const { base, name } = directory.profile
      const wanted = change.stored[name === 'primary' ? scheme : ownScheme(directory)]
      for (;;) {
        const { searchEntries } = await reader.search(base, {
          filter: `(uid=${change.number})`,
          attributes: ['userPassword'],
        })
        if (String(searchEntries[0]?.['userPassword']) === wanted) break
        if (clock.monotonic() - began > 120_000) throw new Error(`${name}: no password after two minutes`)
        await clock.sleep(10)
      }
      if (isBound) await bound(directory, change)
    }),
  )
  return clock.monotonic() - began
}

/** The same by a client that has nothing to find out. The attribute is not ours: nothing follows from it. */
async function serversAlone(
  places: readonly Place[],
  change: Prepared,
  scheme: Case['scheme'],
  isBound: boolean,
): Promise<number> {
  const began = clock.monotonic()
  await Promise.all(
    places.map(async ({ directory, reader }) => {
      const { base } = directory.profile
      const modification = new Attribute({ type: 'description', values: [`${scheme} ${change.number}`] })
      const dn = `uid=${change.number},${base}`
      await reader.modify(dn, new Change({ operation: 'replace', modification }))
      await reader.search(base, { filter: `(uid=${change.number})`, attributes: ['userPassword'] })
      // Whatever the password is: what is measured is how long the server takes to say so.
      if (isBound) await bound(directory, change).catch(() => undefined)
    }),
  )
  return clock.monotonic() - began
}

function ownScheme({ profile }: TestDirectory): 'ssha512' | 'ssha' {
  return profile.scheme === 'ssha512' ? 'ssha512' : 'ssha'
}

async function bound({ profile, slapd }: TestDirectory, { number, password }: Prepared): Promise<void> {
  const client = new Client({ url: slapd?.url ?? '' })
  await client.bind(`uid=${number},${profile.base}`, password).finally(() => client.unbind())
}

function percentiles(times: readonly number[]) {
  const sorted = times.toSorted((one, other) => one - other)
  const at = (share: number) =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0)
  return { p50: at(0.5), p99: at(0.99) }
}
