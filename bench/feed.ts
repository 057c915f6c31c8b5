import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { openYearOn } from '../demo/generate.ts'
import { parisDay } from '../domain/paris.ts'
import { systemClock } from '../platform/clock.ts'
import { openSite } from '../test/run/site.ts'
import { startPostgres } from '../test/run/servers/postgres.ts'
import { cellOf, middleOf, output, report, rounded, type Cell } from './report.ts'

/** What it takes to read a feed: every check of a drop, and that with each record compared with the registry's on
 *  PostgreSQL, beside the CSV library alone on the same files. Rows per second. */
const { values } = parseArgs({
  allowPositionals: true,
  options: {
    students: { type: 'string', default: '60000,1000000' },
    runs: { type: 'string', default: '3' },
    json: { type: 'boolean' },
  },
})
const runs = Number(values.runs)
const say = (sentence: string) => process.stderr.write(`${sentence}\n`)

interface Measured {
  readonly ms: number
  readonly rows: number
  readonly rss_mb: number
}

const cells: (Cell & { counts: boolean })[] = []
for (const students of values.students.split(',')) cells.push(...(await cellsFor(students)))
report('feed', cells)

async function cellsFor(students: string) {
  await using opened = new AsyncDisposableStack()
  const postgres = opened.use(await startPostgres({ durable: true }))
  const client = new pg.Client({ connectionString: postgres.url('postgres') })
  await client.connect()
  await client.query('create database registry').finally(() => client.end())
  const site = opened.use(
    await openSite({ registry: postgres.url('registry'), smtpUrl: 'smtp://127.0.0.1:9', direct: true }),
  )
  const env = {
    ...process.env,
    ...site.env,
    MATRICULE_HOME: await site.home('bench'),
    MATRICULE_PUBLIC_BASE_URL: 'http://127.0.0.1',
    MATRICULE_LOG_LEVEL: 'error',
  }
  const made = ['--students', students, '--seed', 'feed', '--out', site.drop]
  await output('sh', ['bin/matricule', 'generate', ...made], env)
  const child = async (act: string) =>
    JSON.parse(await output('node', ['bench/feed-child.ts', act, site.drop], env)) as Measured
  const first = await child('compare')
  say(
    `${students} students: ${first.rows} rows written for the first time in ${first.ms} ms, ${first.rss_mb} MiB`,
  )

  const taken = { parse: [] as Measured[], validate: [] as Measured[], compare: [] as Measured[] }
  for (let run = 0; run < runs; run++) {
    for (const act of ['parse', 'validate', 'compare'] as const) {
      await numbered(site.drop, run + 2)
      taken[act].push(await child(act))
    }
    say(
      `run ${run + 1}: ${Object.entries(taken)
        .map(([act, all]) => `${act} ${all.at(-1)?.ms ?? 0} ms`)
        .join(', ')}`,
    )
  }
  const rates = (all: readonly Measured[]) => all.map(({ ms, rows }) => Math.round((rows / ms) * 1000))
  const cell = (what: string, ours: readonly Measured[]) => {
    const [rate, peer] = [middleOf(rates(ours)), middleOf(rates(taken.parse))]
    return {
      ...cellOf(`${students} students, ${what}`, [rate], [peer], 'csv-parse alone'),
      unit: 'rows/s',
      ratio: rounded(rate / peer),
      rss_mb: Math.max(...ours.map(({ rss_mb }) => rss_mb)),
      counts: true,
    }
  }
  const firstTime = { ...cell('written for the first time', [first]), counts: false }
  return [cell('validated', taken.validate), cell('validated and compared', taken.compare), firstTime]
}

/** The same facts in another snapshot. */
async function numbered(folder: string, snapshot: number): Promise<void> {
  const path = join(folder, 'manifest.json')
  const manifest = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>
  const taken_at = systemClock.now().toISOString()
  const open_years = [openYearOn(parisDay(systemClock.now()))]
  await writeFile(path, JSON.stringify({ ...manifest, snapshot, taken_at, open_years }))
}
