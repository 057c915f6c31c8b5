import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { output, rounded } from './report.ts'
import { middleOf, openBenchUniversity, type BenchUniversity } from './university.ts'

/** A pass over one directory in which nothing has to change, of many students and of 60,000: what it costs per entry, and
 *  the memory of a process that does nothing else. The directory does not sync; it is filled by `ldif` and `slapadd`, and
 *  the registry is on PostgreSQL. Prints one line of JSON last. */
const { values } = parseArgs({
  allowPositionals: true,
  options: {
    students: { type: 'string', default: '1000000' },
    beside: { type: 'string', default: '60000' },
    runs: { type: 'string', default: '3' },
    json: { type: 'boolean' },
  },
})
const runs = Number(values.runs)
const name = 'primary'
const say = (sentence: string) => process.stderr.write(`${sentence}\n`)

const few = await measure(Number(values.beside))
const many = await measure(Number(values.students))
const ratio = rounded(few.cpu_us / many.cpu_us)
say(`per entry ${rounded(1 / ratio)} times that of ${few.entries}; ${many.rss_mb} MiB`)
process.stdout.write(
  `${JSON.stringify({
    name: 'pass',
    cells: [
      {
        case: `${values.students} students, one directory, nothing to change`,
        ours: many.cpu_us,
        peer: few.cpu_us,
        peer_name: `the same of ${values.beside}`,
        unit: 'µs of one core per entry',
        ratio,
        p50_ms: many.ms,
        p99_ms: null,
        rss_mb: many.rss_mb,
        clock_us: many.clock_us,
        peer_clock_us: few.clock_us,
      },
    ],
    ratio,
  })}\n`,
)

interface Measured {
  readonly entries: number
  readonly ms: number
  /** Of our process, per entry. */
  readonly cpu_us: number
  readonly clock_us: number
  readonly rss_mb: number
}

async function measure(students: number): Promise<Measured> {
  await using university = await openBenchUniversity(students, { durable: false })
  const { site } = university
  await university.daemonUntilReady(await site.home('first'))
  await university.activateInBulk()
  const home = await site.home('bench')
  const env = { ...process.env, ...site.env, MATRICULE_HOME: home, MATRICULE_LOG_LEVEL: 'warn' }
  const out = join(home, `${name}.ldif`)
  const said = await output('sh', ['bin/matricule', 'ldif', name, '--out', out], env)
  const entries = Number(/^(\d+) entries/m.exec(said)?.[1])
  await site.directories.get(name)?.slapd?.load(out)
  say(`${entries} entries of ${students} students are loaded`)
  const noted = await pass(university, env)
  say(`noted in ${noted.ms} ms, ${noted.rss_mb} MiB`)
  const passes = []
  for (let run = 0; run < runs; run++) {
    passes.push(await pass(university, env))
    say(`run ${run + 1}: ${JSON.stringify(passes.at(-1))}`)
  }
  const ms = middleOf(passes.map((each) => each.ms))
  return {
    entries,
    ms,
    cpu_us: Math.round((1000 * middleOf(passes.map((each) => each.cpu_ms))) / entries),
    clock_us: Math.round((1000 * ms) / entries),
    rss_mb: Math.max(...passes.map((each) => each.rss_mb)),
  }
}

/** One pass over the whole directory; throws when it changed anything. */
async function pass(university: BenchUniversity, env: NodeJS.ProcessEnv) {
  await university.query("delete from mark where name like 'read %'")
  const said = await output('node', ['--max-semi-space-size=8', 'bench/settle-child.ts', name], env)
  const measured = JSON.parse(said) as { ms: number; cpu_ms: number; changes: number; rss_mb: number }
  if (measured.changes > 0) throw new Error(`${measured.changes} changes were made`)
  return measured
}
