import { execFile } from 'node:child_process'
import { parseArgs, promisify } from 'node:util'
import { systemClock } from '../platform/clock.ts'
import { startMatricule, type Running } from '../test/run/matricule.ts'
import { openBenchUniversity, peakMb, searchArguments } from './university.ts'

/** The main job on real input: a generated university is read, judged, and settled into three durable OpenLDAPs, with
 *  the registry on a durable PostgreSQL; daemon and page are the real programs, each a process of its own. While it
 *  runs, page, registry and directories are asked now and then, to see that they still answer. Prints one line of JSON. */
const { values } = parseArgs({
  allowPositionals: true,
  options: { students: { type: 'string', default: '60000' }, json: { type: 'boolean' } },
})
const students = Number(values.students)
const say = (sentence: string) => process.stderr.write(`${sentence}\n`)

await using stack = new AsyncDisposableStack()
const university = stack.use(await openBenchUniversity(students))
const { site, records } = university
say(`${records.length} students in a drop`)

const first = await timed('read and judged', university.daemonUntilReady)
const activated = await university.activateEverybody()
say(`${activated} students activated`)
const web = stack.use(
  await startMatricule({
    home: await site.home('web'),
    command: ['sh', 'bin/matricule', 'web'],
    env: site.env,
  }),
)
await web.ready()
const asked = askNowAndThen(web)
const second = await timed('planned and settled', university.daemonUntilReady)
const answers = await asked.stop()
const entries = await countEntries()
const third = await timed('nothing to do', university.daemonUntilReady)

process.stdout.write(
  `${JSON.stringify({ name: 'main-job', students, activated, entries, read: first, settle: second, again: third, answers, web_rss_mb: await peakMb(web.child.pid ?? 0) })}\n`,
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
    registry: () => university.query('select count(*) from lease'),
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
  for (const [name, directory] of site.directories) {
    const { stdout } = await promisify(execFile)('ldapsearch', searchArguments(directory, ['1.1']), {
      maxBuffer: 1024 * 1024 * 1024,
    })
    counts[name] = stdout.match(/^dn:/gm)?.length ?? 0
  }
  return counts
}
