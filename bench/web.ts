import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { seededChance, systemChance } from '../platform/chance.ts'
import { systemClock } from '../platform/clock.ts'
import { openKeyRing } from '../platform/seal.ts'
import { openRegistry, type Registry } from '../registry/open.ts'
import { openDoor } from '../test/crash/race-posts.ts'
import { hostile } from '../test/platform/hostile.ts'
import { eventually } from '../test/run/eventually.ts'
import { startMatricule } from '../test/run/matricule.ts'
import { freePorts } from '../test/run/ports.ts'
import { askEveryKind, kindsOf } from './enumeration.ts'
import { middleOf, output, report, rounded, type Cell } from './report.ts'
import { openBenchUniversity, peakMb } from './university.ts'

/** Activations through a real `matricule web` on a durable PostgreSQL, beside the bare hashing of as many passwords on
 *  the same cores; then page and API at a steady rate, beside a bare Fastify route at the same. Whoever sends the requests
 *  and the database share those cores too; no daemon runs meanwhile. Then who is told apart by the time an answer takes.
 *  Only the activations count in the ratio.
 *  Each student first does what the page does while they type, and that is not timed: number and key are verified, and
 *  the password is judged once, so that `POST /activation` finds it measured. How much processor time the page itself
 *  spends on an activation, beside that of a hash, is shown: it depends less on what else the machine does. */
const { values } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: 'string', default: '400' },
    runs: { type: 'string', default: '3' },
    rate: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '10' },
    asked: { type: 'string', default: '2000' },
    json: { type: 'boolean' },
  },
})
const [count, runs, rate, seconds, asked] = [
  values.count,
  values.runs,
  values.rate,
  values.seconds,
  values.asked,
].map(Number) as [number, number, number, number, number]
/** Students who press the button at the same time. */
const atOnce = 32
/** Who send what is hardest to measure, each as soon as the last is judged. */
const typists = 8
const say = (sentence: string) => process.stderr.write(`${sentence}\n`)

await using stack = new AsyncDisposableStack()
// About two thirds of a generated university have a key that waits.
const university = stack.use(await openBenchUniversity(Math.ceil(count * runs * 1.8)))
const { site } = university
await university.daemonUntilReady(await site.home('daemon'))
const keys = await waitingKeys()
if (keys.length < count * runs) throw new Error(`only ${keys.length} keys wait`)
say(`${keys.length} keys wait`)

const web = stack.use(
  await startMatricule({
    home: await site.home('web'),
    command: ['sh', 'bin/matricule', 'web'],
    env: {
      ...site.env,
      // One machine sends what a city would.
      MATRICULE_LIMITS_REQUESTS_PER_MINUTE: '10000000',
      MATRICULE_LIMITS_JUDGEMENTS_PER_MINUTE: '10000000',
      MATRICULE_LIMITS_NETWORK_FAILURES: '1000000',
      MATRICULE_LIMITS_KEY_FAILURES: '10000',
    },
  }),
)
await web.ready()
const page = `http://127.0.0.1:${web.ports.page}/creation-motdepasse`
// It takes a fraction of what `fetch` takes of the cores that are measured.
const door = stack.use(openDoor(web.ports.page, atOnce))

const ours: number[] = []
const peer: number[] = []
const oursCpu: number[] = []
const peerCpu: number[] = []
const waits: number[] = []
for (let run = 0; run < runs; run++) {
  const students = keys.slice(run * count, (run + 1) * count)
  for (const [index, student] of students.entries()) await type(student, passwordOf(index))
  const before = await spentMs(web.child.pid ?? 0)
  ours.push((1000 * count) / (await timed(() => activateAll(students))))
  oursCpu.push(((await spentMs(web.child.pid ?? 0)) - before) / count)
  const hashed = await output('node', ['bench/web-peer.ts', 'hash', '--count', values.count])
  const [took = 0, cpu = 0] = hashed.split(' ').map(Number)
  peer.push((1000 * count) / took)
  peerCpu.push(cpu / count)
  say(`run ${run + 1}: ${rounded(ours.at(-1) ?? 0)} activations/s, ${rounded(peer.at(-1) ?? 0)} hashes/s`)
}
const rss_mb = await peakMb(web.child.pid ?? 0)

const [port = 0] = await freePorts(1)
const bare = spawn('node', ['bench/web-peer.ts', 'route', '--port', String(port)], { stdio: 'inherit' })
stack.defer(() => void bare.kill())
const bareUrl = `http://127.0.0.1:${port}/`
await eventually('the bare route', async () => (await fetch(bareUrl)).ok)
const wrong = { studentNumber: keys.at(-1)?.number, key: 'ABCDEFGHJKMN' }
const route = await steady(() => fetch(bareUrl))
const shown = await steady(() => fetch(`${page}/`))
const checked = await steady(() => post('/activation/verify', wrong))
const meanwhile = await besideHostile(() => steady(() => fetch(`${page}/api/links`)))
// What the machine leaves to anybody while they are judged.
const bareMeanwhile = await besideHostile(() => steady(() => fetch(bareUrl)))
const told = await whoIsTold()

report('web', [
  {
    case: 'activations',
    ours: rounded(middleOf(ours)),
    peer: rounded(middleOf(peer)),
    peer_name: 'the same hashes alone',
    unit: 'per second',
    ratio: rounded(middleOf(ours) / middleOf(peer)),
    p50_ms: at(waits, 0.5),
    p99_ms: at(waits, 0.99),
    rss_mb,
    counts: true,
  },
  {
    case: 'processor time of the page for one activation',
    ours: rounded(middleOf(oursCpu)),
    peer: rounded(middleOf(peerCpu)),
    peer_name: 'for one hash',
    unit: 'ms',
    ratio: rounded(middleOf(peerCpu) / middleOf(oursCpu)),
    p50_ms: null,
    p99_ms: null,
    rss_mb: null,
    counts: false,
  },
  besideRoute('the page', shown),
  besideRoute('a wrong key', checked),
  besideRoute(
    `another call, while ${typists} judge 1,024 hostile bytes without pause`,
    meanwhile,
    bareMeanwhile,
  ),
  ...told,
])

/** The p99 of ours beside that of a bare route, at the same rate. */
function besideRoute(
  name: string,
  times: readonly number[],
  bareTimes: readonly number[] = route,
): Cell & { counts: boolean } {
  return {
    case: `${name}, ${rate} a second`,
    ours: at(times, 0.99),
    peer: at(bareTimes, 0.99),
    peer_name: 'a bare Fastify route',
    unit: 'ms (p99)',
    ratio: rounded(at(bareTimes, 0.99) / at(times, 0.99)),
    p50_ms: at(times, 0.5),
    p99_ms: at(times, 0.99),
    rss_mb: null,
    counts: false,
  }
}

function ourRegistry(): Promise<Registry> {
  const url = site.env['MATRICULE_REGISTRY_URL'] ?? ''
  return openRegistry({
    server: { url, connections: 2, connectMs: 60_000, statementMs: 60_000 },
    clock: systemClock,
  })
}

/** Whoever looks at the clock must learn nothing. A daemon runs beside, since what it does for whoever is known could be
 *  felt too. */
async function whoIsTold(): Promise<(Cell & { counts: boolean })[]> {
  const registry = await ourRegistry()
  const { numbers, addresses } = await kindsOf(registry)
  await registry.close()
  await using daemon = await startMatricule({
    home: await site.home('answers'),
    command: ['sh', 'bin/matricule', 'daemon'],
    env: site.env,
  })
  await daemon.ready()
  const chance = seededChance('who is told')
  const each = (route: string, kinds: Readonly<Record<string, string>>, body: (subject: string) => object) =>
    askEveryKind({ route, kinds, times: asked, chance, ask: (subject) => post(route, body(subject)) })
  const key = 'ABCDEFGHJKMN'
  const password = passwordOf(0)
  return [
    await each('/reset-requests', addresses, (email) => ({ email })),
    await each('/activation/verify', numbers, (studentNumber) => ({ studentNumber, key })),
    await each('/activation', numbers, (studentNumber) => ({ studentNumber, key, password })),
  ].flat()
}

async function waitingKeys(): Promise<{ number: string; key: string }[]> {
  const registry = await ourRegistry()
  const file = site.env['MATRICULE_KEYS_MASTER_FILE'] ?? ''
  const ring = await openKeyRing({ file, clock: systemClock, chance: systemChance })
  const rows = await registry.db
    .selectFrom('activation_key as k')
    .innerJoin('account as a', 'a.number', 'k.number')
    .innerJoin('person as p', 'p.number', 'k.number')
    .select(['k.number', 'k.sealed'])
    .where('k.state', '=', 'waiting')
    .where('a.right_kind', '=', 'open')
    .where('p.address_shared', '=', false)
    .where('p.address_state', '=', 'usable')
    .execute()
  await registry.close()
  return Promise.all(
    rows.map(async ({ number, sealed }) => ({ number, key: await ring.unseal('key', sealed ?? '') })),
  )
}

function post(path: string, body: object): Promise<Response> {
  return fetch(`${page}/api${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}

function passwordOf(index: number): string {
  return `le tilleul penche vers la rivière ${index}`
}

/** What `act` gives while hostile passwords are judged one after the other: what they cost is the worker's alone. */
async function besideHostile<T>(act: () => Promise<T>): Promise<T> {
  let over = false
  const kinds = Object.values(hostile)
  const judged = Array.from({ length: typists }, async (_, typist) => {
    for (let each = typist; !over; each++) {
      const answer = await post('/password-strength', { password: kinds[each % kinds.length] })
      await answer.arrayBuffer()
      if (answer.status !== 200) throw new Error(`judging: ${answer.status}`)
    }
  })
  const found = await act()
  over = true
  await Promise.all(judged)
  return found
}

/** What the page asks before the button is pressed. */
async function type(
  { number: studentNumber, key }: { number: string; key: string },
  password: string,
): Promise<void> {
  const verified = await post('/activation/verify', { studentNumber, key })
  const { context } = (await verified.json()) as { context: string }
  const judged = await post('/password-strength', { password, context })
  if (!((await judged.json()) as { acceptable: boolean }).acceptable) throw new Error('not acceptable')
}

/** Processor time of a process so far, in milliseconds (proc(5): fields 14 and 15, in hundredths of a second). */
async function spentMs(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8')
  const [user = 0, system = 0] = status
    .slice(status.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number)
  return 10 * (user + system)
}

/** Everybody of a run, `atOnce` at the same time. */
async function activateAll(students: readonly { number: string; key: string }[]): Promise<void> {
  const rest = students.entries()
  const work = async () => {
    for (const [index, { number: studentNumber, key }] of rest) {
      const password = passwordOf(index)
      const before = systemClock.monotonic()
      const { status, body } = await door.post('/activation', { studentNumber, key, password })
      waits.push(systemClock.monotonic() - before)
      if (status !== 201) throw new Error(`${status}: ${body}`)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
}

/** Asks at a steady rate, whether answers come or not: milliseconds from when each was due until it was answered. */
async function steady(ask: () => Promise<Response>): Promise<number[]> {
  const times: number[] = []
  const asked: Promise<void>[] = []
  const began = systemClock.monotonic()
  for (let each = 0; each < rate * seconds; each++) {
    const due = began + (1000 * each) / rate
    const early = due - systemClock.monotonic()
    if (early > 0) await systemClock.sleep(early)
    asked.push(
      ask()
        .then((answer) => answer.arrayBuffer())
        .then(() => void times.push(systemClock.monotonic() - due)),
    )
  }
  await Promise.all(asked)
  return times
}

function at(times: readonly number[], share: number): number {
  const sorted = times.toSorted((one, other) => one - other)
  return rounded(sorted[Math.floor(sorted.length * share)] ?? 0)
}

async function timed(act: () => Promise<void>): Promise<number> {
  const before = systemClock.monotonic()
  await act()
  return systemClock.monotonic() - before
}
