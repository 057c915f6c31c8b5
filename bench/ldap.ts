import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempDisposable, open, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { formatLdif } from '../ldap-protocol/ldif.ts'
import { accessRules, startSlapd } from '../test/run/servers/slapd.ts'
import { indexes } from './ldap-indexes.ts'
import { entryOf, nameOf, people, sshaOf } from './ldap-people.ts'
import { load, place, placements, type ClientKind, type Placement } from './ldap-clients.ts'
import type { Reported } from './ldap-report.ts'
import type { Load } from './ldap-requests.ts'
import { middleOf, peakMb } from './university.ts'

/** The embedded directory beside an OpenLDAP and a plain server on ldapjs: the same entries, the same indexes, both
 *  disks synced before a change is acknowledged (ldapjs keeps nothing), one client in a process of its own, which for one
 *  connection is another than for many (`bench/ldap-clients.ts`). The runs of the three are interleaved, each warmed up
 *  alike before what counts; medians are told. Prints one line of JSON last. */
const { values } = parseArgs({
  allowPositionals: true,
  options: {
    entries: { type: 'string', default: '60000' },
    runs: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '1.5' },
    'warm-seconds': { type: 'string', default: '0.5' },
    cases: { type: 'string', default: 'bind,equality,substring,add,modify' },
    connections: { type: 'string', default: '1,64,256' },
    /** Of one connection: where it is asked, and by which client. */
    placements: { type: 'string', default: 'together,apart' },
    client: { type: 'string', default: 'blocking' },
    json: { type: 'boolean' },
  },
})
const entries = Number(values.entries)
const runs = Number(values.runs)
const say = (sentence: string) => process.stderr.write(`${sentence}\n`)

interface Measured extends Reported {
  /** Of the server, for one request, all its threads together. */
  readonly cpu_us: number
}
interface Contestant {
  readonly name: string
  readonly port: number
  readonly pid: number
}

await using opened = new AsyncDisposableStack()
const folder = opened.use(await mkdtempDisposable(join(tmpdir(), 'matricule-bench-ldap-')))
const ldif = join(folder.path, 'people.ldif')
await writeLdif(ldif)

const slapd = opened.use(
  await startSlapd(people, {
    durable: true,
    maxBytes: 8_589_934_592,
    access: `${await accessRules()}\n${indexes
      .filter((one) => one.includes('sub'))
      .map((one) => `index ${one.replace('eq,', '')}\n`)
      .join('')}`,
  }),
)
say('slapd is filled')
await slapd.load(ldif)
const house = await child('ldap-house.ts', [join(folder.path, 'store'), ldif])
say(`ours is filled with ${house.told.entries} entries`)
await stop(house.process)
const again = await child('ldap-house.ts', [join(folder.path, 'store')])
opened.defer(() => stop(again.process))
say(`ours opens ${again.told.entries} entries in ${again.told.opened_ms} ms`)
const plain = await child('ldap-ldapjs.ts', [ldif])
opened.defer(() => stop(plain.process))

const contestants: readonly Contestant[] = [
  { name: 'ours', port: again.told.port, pid: again.process.pid ?? 0 },
  { name: 'slapd', port: slapd.port, pid: await pidOf(slapd) },
  { name: 'ldapjs', port: plain.told.port, pid: plain.process.pid ?? 0 },
]

const cells: Record<string, unknown>[] = []
const counted: number[] = []
let loads = 0
for (const kind of values.cases.split(',') as Load['kind'][]) {
  for (const { connections, placement, client } of settings()) {
    for (const { pid } of contestants) await place(pid, placement)
    const found = new Map<string, Measured[]>(contestants.map(({ name }) => [name, []]))
    for (let run = 0; run < runs; run++) {
      for (const { name, port, pid } of contestants) {
        const seconds = Number(values.seconds)
        const warm_seconds = Number(values['warm-seconds'])
        const before = await cpuSeconds(pid)
        const order = { port, kind, connections, seconds, warm_seconds, entries, run: ++loads }
        const one = await load(order, client, placement)
        if (one.wrong > 0) throw new Error(`${name} answered ${one.wrong} ${kind} wrongly`)
        const cpu_us = ((await cpuSeconds(pid)) - before) * (1_000_000 / (one.answered + one.warmed))
        found.get(name)?.push({ ...one, cpu_us })
      }
    }
    const middle = (name: string, key: keyof Measured) =>
      middleOf((found.get(name) ?? []).map((one) => one[key]))
    for (const peer of ['slapd', 'ldapjs']) {
      const ratio = middle('ours', 'rate') / middle(peer, 'rate')
      const counts = peer === 'slapd' && (kind === 'bind' || kind === 'equality')
      if (counts) counted.push(ratio)
      cells.push({
        case: `${kind} ${connections}${placement === 'free' ? '' : ` ${placement}`}`,
        ours: Math.round(middle('ours', 'rate')),
        peer: Math.round(middle(peer, 'rate')),
        peer_name: peer,
        unit: 'requests/s',
        ratio: round(ratio),
        p50_ms: round(middle('ours', 'p50_ms')),
        p99_ms: round(middle('ours', 'p99_ms')),
        peer_p50_ms: round(middle(peer, 'p50_ms')),
        peer_p99_ms: round(middle(peer, 'p99_ms')),
        counts,
        cpu_us: round(middle('ours', 'cpu_us')),
        peer_cpu_us: round(middle(peer, 'cpu_us')),
        client_cpu_us: round(middle('ours', 'client_cpu_us')),
        peer_client_cpu_us: round(middle(peer, 'client_cpu_us')),
        rss_mb: await peakMb(contestants[0]?.pid ?? 0),
        peer_rss_mb: await peakMb(contestants.find(({ name }) => name === peer)?.pid ?? 0),
      })
      const cell = cells.at(-1) ?? {}
      say(
        `${String(cell['case']).padEnd(23)} ours ${String(cell['ours']).padStart(6)}/s p99 ${String(cell['p99_ms'])} ms, ${peer} ${String(cell['peer']).padStart(6)}/s p99 ${String(cell['peer_p99_ms'])} ms: ${round(ratio)}; CPU ${String(cell['cpu_us'])} and ${String(cell['peer_cpu_us'])} µs`,
      )
    }
  }
}
const result = {
  name: 'ldap',
  durability: 'ours and slapd sync before they acknowledge a change; ldapjs keeps nothing',
  // One that listens and works; the rest of ours are those of Node.js for files and garbage.
  threads: Object.fromEntries(
    await Promise.all(contestants.map(async ({ name, pid }) => [name, await threadsOf(pid)] as const)),
  ),
  client: `one process, one thread that asks; ${values.client} for one connection`,
  entries,
  opened_ms: again.told.opened_ms,
  cells,
  ratio: round(Math.min(...counted)),
}
process.stdout.write(`${JSON.stringify(result)}\n`)

interface Told {
  port: number
  entries: number
  opened_ms?: number
}

async function child(file: string, args: readonly string[]): Promise<{ process: ChildProcess; told: Told }> {
  const started = spawn(process.execPath, [join(import.meta.dirname, file), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for await (const line of createInterface({ input: started.stdout })) {
    return { process: started, told: JSON.parse(line) as Told }
  }
  throw new Error(`${file} ended`)
}

/** How each number of connections is asked. */
function settings(): readonly { connections: number; placement: Placement; client: ClientKind }[] {
  const alone = placements.filter((one) => values.placements.split(',').includes(one))
  const client = values.client === 'events' ? 'events' : 'blocking'
  return values.connections
    .split(',')
    .map(Number)
    .flatMap((connections) =>
      connections === 1
        ? alone.map((placement) => ({ connections, placement, client }))
        : [{ connections, placement: 'free', client: 'events' }],
    )
}

async function stop(process: ChildProcess): Promise<void> {
  if (process.exitCode !== null) return
  const ended = new Promise((resolve) => process.once('exit', resolve))
  process.kill('SIGTERM')
  await ended
}

async function writeLdif(path: string): Promise<void> {
  const file = await open(path, 'w')
  for (let number = 0; number < entries; number++) {
    await file.write(formatLdif(nameOf(number), entryOf(number, sshaOf(number))))
  }
  await file.close()
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}

/** CPU time that a process has taken, all its threads. A tick is a hundredth of a second. */
async function cpuSeconds(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /, '').split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

/** Threads of a process, those that wait included. */
async function threadsOf(pid: number): Promise<number> {
  return Number(/^Threads:\s+(\d+)$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1])
}

async function pidOf({ local }: { local: string }): Promise<number> {
  return Number(await readFile(join(dirname(local), 'slapd.pid'), 'utf8'))
}
