import { createReadStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { serviceDn } from '../bin/first-entries.ts'
import { parseLdif } from '../ldap-protocol/ldif.ts'
import { systemClock } from '../platform/clock.ts'
import type { TestDirectory } from '../test/run/directories.ts'
import { servicePassword } from '../test/run/servers/slapd.ts'
import { cellOf, ended, output, report } from './report.ts'
import { processorTime, spentBetween } from './processor-time.ts'
import { encodedAdd, sendAll } from './raw-client.ts'
import { openBenchUniversity } from './university.ts'

/** Everybody into three empty directories that sync to disk: ours, beside `ldapadd` on the same three at once, and
 *  beside a client that sends requests encoded before; then the first fill, LDIF made by us and loaded by `slapadd -q`,
 *  beside `ldapadd`. The registry is on PostgreSQL, syncing too. */
const { values } = parseArgs({
  allowPositionals: true,
  options: {
    students: { type: 'string', default: '60000' },
    runs: { type: 'string', default: '3' },
    json: { type: 'boolean' },
  },
})
const runs = Number(values.runs)
const window = 32
const say = (sentence: string) => process.stderr.write(`${sentence}\n`)

await using university = await openBenchUniversity(Number(values.students))
const { site } = university
await university.daemonUntilReady(await site.home('first'))
const activated = await university.activateEverybody()
say(`${activated} students activated`)
const directories = [...site.directories.values()]
const home = await site.home('bench')
const env = { ...process.env, ...site.env, MATRICULE_HOME: home, MATRICULE_LOG_LEVEL: 'warn' }

const ldifOf = ({ profile }: TestDirectory) => join(home, `${profile.name}.ldif`)
const online = ({ profile }: TestDirectory) => join(home, `${profile.name}.online.ldif`)

const taken: Record<'ours' | 'ldapadd' | 'raw' | 'fill', number[]> = {
  ours: [],
  ldapadd: [],
  raw: [],
  fill: [],
}
let rss = 0
for (let run = 0; run < runs; run++) {
  await afresh()
  const filled = await timed(fill, 'fill')
  taken.fill.push(filled)
  if (run === 0)
    await Promise.all(directories.map((directory) => withoutUuids(ldifOf(directory), online(directory))))

  await afresh()
  taken.ldapadd.push(await timed(() => Promise.all(directories.map(addByOthers)), 'ldapadd'))

  await afresh()
  const requests = await Promise.all(directories.map(encoded))
  const bound = ({ profile, slapd }: TestDirectory) => ({
    url: slapd?.url ?? '',
    bindDn: serviceDn('matricule', profile.base),
    password: servicePassword,
  })
  taken.raw.push(
    await timed(
      () =>
        Promise.all(
          directories.map((directory, index) => sendAll(bound(directory), requests[index] ?? [], window)),
        ),
      'raw',
    ),
  )

  await afresh()
  await university.query(`update settlement set state = 'unsettled', version = null, dn = null, entry_uuid = null,
    written_digest = null, settled_at = null`)
  await university.query('update promise set kept = null where kept is not null')
  let answer = ''
  await timed(async () => {
    answer = await output('node', ['--max-semi-space-size=8', 'bench/settle-child.ts'], env)
  }, 'ours, its start included')
  const { ms, cpu_ms, changes, rss_mb } = JSON.parse(answer) as {
    ms: number
    cpu_ms: number
    changes: number
    rss_mb: number
  }
  if (changes !== activated * directories.length) throw new Error(`${changes} changes were made`)
  taken.ours.push(ms)
  rss = Math.max(rss, rss_mb)
  say(
    `run ${run + 1}: ours ${ms} ms (${cpu_ms} ms of one core, ${rss_mb} MiB), ldapadd ${taken.ldapadd.at(-1) ?? 0} ms, raw ${taken.raw.at(-1) ?? 0} ms, fill ${filled} ms`,
  )
}

const entries = `${values.students} students`
const online3 = 'three at once, durable'
report('provision', [
  {
    ...cellOf(`${entries}, beside ldapadd`, taken.ours, taken.ldapadd, `ldapadd, ${online3}`),
    rss_mb: rss,
    counts: true,
  },
  {
    ...cellOf(
      `${entries}, beside raw`,
      taken.ours,
      taken.raw,
      `encoded before, window ${window}, ${online3}`,
    ),
    rss_mb: rss,
    counts: true,
  },
  { ...cellOf(`${entries}, first fill`, taken.fill, taken.ldapadd, `ldapadd, ${online3}`), counts: false },
])

/** Directories as they were first, and a registry that has nothing to say of them. */
async function afresh(): Promise<void> {
  await Promise.all(directories.map(async ({ slapd }) => slapd?.afresh()))
}

async function fill(): Promise<void> {
  await Promise.all(
    directories.map(async (directory) => {
      const { name } = directory.profile
      await output('sh', ['bin/matricule', 'ldif', name, '--out', ldifOf(directory)], env)
      await directory.slapd?.load(ldifOf(directory))
    }),
  )
}

function addByOthers({ profile, slapd, ...rest }: TestDirectory): Promise<void> {
  const to = ['-x', '-H', slapd?.url ?? '', '-D', serviceDn('matricule', profile.base), '-w', servicePassword]
  return ended('ldapadd', [...to, '-f', online({ profile, slapd, ...rest })])
}

/** A server that runs gives its own entryUUID. */
async function withoutUuids(from: string, to: string): Promise<void> {
  const kept: string[] = []
  for await (const line of createInterface({ input: createReadStream(from) }))
    if (!line.startsWith('entryUUID:')) kept.push(line)
  await writeFile(to, `${kept.join('\n')}\n`, { mode: 0o600 })
}

async function encoded(directory: TestDirectory): Promise<Buffer[]> {
  const requests: Buffer[] = []
  let record: string[] = []
  for await (const line of createInterface({ input: createReadStream(online(directory)) })) {
    if (line !== '') record.push(line)
    else if (record.length > 0) {
      for (const each of parseLdif(`${record.join('\n')}\n\n`))
        if (each.kind === 'entry') requests.push(encodedAdd(requests.length + 1, each.dn, each.attributes))
      record = []
    }
  }
  return requests
}

/** Milliseconds of the clock; what it took of the processors, by program, is told. */
async function timed(act: () => Promise<unknown>, what: string): Promise<number> {
  const before = await processorTime()
  const began = systemClock.monotonic()
  await act()
  const ms = Math.round(systemClock.monotonic() - began)
  const spent = Object.entries(spentBetween(before, await processorTime())).filter(([, cpu]) => cpu > 0)
  say(`  ${what}: ${ms} ms; of one core ${spent.map(([program, cpu]) => `${program} ${cpu} ms`).join(', ')}`)
  return ms
}
