import { join } from 'node:path'
import type { Given } from '../../bin/desk.ts'
import { askOwner } from '../../bin/socket.ts'
import { writeDrop } from '../../demo/generate-drop.ts'
import type { StudentRecord } from '../../domain/person.ts'
import { systemClock } from '../../platform/clock.ts'
import { openRegistry } from '../../registry/open.ts'
import type { TestDirectory } from '../run/directories.ts'
import { eventually } from '../run/eventually.ts'
import {
  checkInvariants,
  viewOf,
  type Attempt,
  type Broken,
  type Planted,
  type World,
} from '../run/invariants.ts'
import { openMailServer, type MailServer } from '../run/mail-server.ts'
import { takePorts, type Running } from '../run/matricule.ts'
import { minute } from '../run/moved-clock.ts'
import { startPostgres } from '../run/servers/postgres.ts'
import { openSite } from '../run/site.ts'
import type { Death } from './life.ts'
import { oneAfterAnother, type Lives } from './lives.ts'

/** embedded: our own directories and registry · servers: three OpenLDAP and a PostgreSQL. */
export type StageKind = 'embedded' | 'servers'

/** The world around a real `matricule up` that is killed again and again. Directories, mail server and drop are outside
 *  of it and outlive it; the home is the same in every life. */
export interface Scene extends AsyncDisposable {
  readonly lives: Lives
  readonly mail: MailServer
  readonly directories: readonly TestDirectory[]
  /** What is known from outside (test/run/invariants.ts), for whoever acts to add to. */
  readonly attempts: Attempt[]
  readonly planted: Planted[]
  readonly secrets: Set<string>
  readonly cuts: number[]
  /** Where each life ended so far. */
  readonly deaths: readonly string[]
  /** What `act` finds, whoever dies meanwhile: the house is started again, and `act` called until it finds something. */
  until<T>(what: string, act: () => Promise<T | null>): Promise<T>
  /** A call of the page; throws when the answer does not come. */
  post(path: string, body: unknown): Promise<{ readonly status: number; readonly code: string }>
  /** Lays records down as the next full snapshot, and waits until it is taken as fact. */
  source(records: readonly StudentRecord[]): Promise<void>
  /** Nobody is killed any more: waits until all is done, stops the house and says which invariant does not hold. */
  judge(source: World['source']): Promise<readonly Broken[]>
}

/** The day on which every story begins. */
export const today = '2026-09-15'
/** From a death to the next life: longer than the claim of a sender who died, far shorter than any promise. */
const pauseMs = 2.5 * minute
/** Everything is settled, and every student served, so long after the last fault at the latest, on whatever machine. */
const patienceMs = 180_000

const pace = {
  MATRICULE_DAEMON_PASS_INTERVAL_SECONDS: '2',
  MATRICULE_LETTERS_PER_MINUTE: '60000',
  MATRICULE_LIMITS_RESET_LETTERS_PER_HOUR: '100',
  MATRICULE_PASSWORDS_ARGON2_MEMORY_KIB: '8192',
  MATRICULE_PASSWORDS_ARGON2_PASSES: '1',
}

export async function openScene(kind: StageKind, ends: Iterator<Death | null, null>): Promise<Scene> {
  await using opened = new AsyncDisposableStack()
  const mail = await openMailServer()
  opened.defer(() => mail.close())
  const postgres = kind === 'servers' ? opened.use(await startPostgres()) : null
  const registryUrl = postgres?.url('postgres') ?? null
  const site = opened.use(await openSite({ registry: registryUrl, smtpUrl: mail.url, env: pace }))
  const directories = [...site.directories.values()]
  const home = await site.home('house')
  const ports = await takePorts()
  const page = `http://127.0.0.1:${ports.page}`
  const published = join(home, 'keys.csv')
  const settings = { ...site.env, MATRICULE_PUBLIC_BASE_URL: page, MATRICULE_KEYS_OUT_PATH: published }

  const attempts: Attempt[] = []
  const planted: Planted[] = []
  const secrets = new Set<string>()
  const cuts: number[] = []
  const deaths: string[] = []
  const texts: { where: string; text: string }[] = []
  let aheadMs = new Date(`${today}T06:00:00Z`).getTime() - Date.now()
  let snapshot = 0
  const now = () => new Date(Date.now() + aheadMs)

  const hear = (running: Running) => {
    texts.push({ where: 'output', text: running.output() }, { where: 'log', text: running.errors() })
  }
  const lives = opened.use(
    oneAfterAnother({
      options: () => ({ home, ports, settings, aheadMs }),
      deaths: ends,
      buried({ running }, where) {
        hear(running)
        cuts.push(mail.received.length)
        deaths.push(where)
        aheadMs += pauseMs
      },
      patienceMs,
    }),
  )
  const until = <T>(what: string, act: () => Promise<T | null>): Promise<T> => {
    const look = async () => {
      await lives.alive()
      return act()
    }
    return eventually(what, look, patienceMs)
  }
  const ask = async (command: string, given: Given): Promise<unknown> => {
    const outcome = await askOwner(home, command, given, () => undefined)
    return outcome?.data
  }
  const isDone = async (): Promise<boolean> => {
    await ask('sync', { once: true })
    const metrics = await (await fetch(`http://127.0.0.1:${ports.ops}/metrics`)).text()
    texts.push({ where: 'metrics', text: metrics })
    if (!isQuiet(metrics)) return false
    for (const number of new Set(attempts.map((attempt) => attempt.number))) {
      const { letters } = (await ask('explain', { number })) as { letters: { state: string }[] }
      if (letters.some(({ state }) => state === 'due' || state === 'retrying')) return false
    }
    return true
  }
  /** The code that the house, asked to stop, ends with; killed on its way out, it is started once more. */
  const stopped = async (): Promise<number | null> => {
    const { running, over } = await lives.alive()
    await running.stop()
    const { code, signal, where } = await over
    if (signal === 'SIGKILL') return stopped()
    hear(running)
    deaths.push(where)
    return code
  }
  const stack = opened.move()
  return {
    lives,
    mail,
    directories,
    attempts,
    planted,
    secrets,
    cuts,
    deaths,
    until,
    async post(path, body) {
      const response = await fetch(`${page}/creation-motdepasse/api${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(20_000),
      })
      const text = await response.text()
      texts.push({ where: path, text })
      return { status: response.status, code: (JSON.parse(text) as { code?: string }).code ?? '' }
    },
    async source(records) {
      snapshot += 1
      await writeDrop(site.drop, records, { snapshot, takenAt: now(), openYears: ['2026'] })
      await until(`snapshot ${snapshot}`, async () => {
        const { reading } = (await ask('sync', { once: true })) as { reading: { state: string } }
        if (reading.state === 'refused' || reading.state === 'held') throw new Error(JSON.stringify(reading))
        return reading
      })
    },
    async judge(source) {
      lives.spare()
      // What is not done by then is told by the invariants.
      await until('everything to be done', async () => (await isDone()) || null).catch(() => undefined)
      const code = await stopped()
      const server = { connections: 2, connectMs: 10_000, statementMs: 30_000 }
      const place =
        registryUrl === null
          ? { folder: join(home, 'registry') }
          : { server: { url: registryUrl, ...server } }
      const registry = await openRegistry({ ...place, clock: systemClock })
      try {
        const known = {
          attempts,
          planted,
          texts,
          cuts,
          source,
          secrets: [...secrets],
          letters: mail.received,
        }
        const views = directories.map(viewOf)
        const broken = await checkInvariants({
          ...known,
          registry: registry.db,
          directories: views,
          now: now(),
        })
        return code === 0
          ? broken
          : [...broken, { invariant: 'I8', detail: `it stopped with ${code ?? '?'}` }]
      } finally {
        await registry.close()
      }
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

/** Nobody waits for a directory, and no promise is open. */
function isQuiet(metrics: string): boolean {
  const form = /^matricule_(target_unsettled|promise_oldest_pending_seconds)\{.*\} (\S+)$/gm
  const values = [...metrics.matchAll(form)]
  const unsettled = values.filter(([, name]) => name === 'target_unsettled')
  return (
    unsettled.length === values.length && values.length > 0 && values.every(([, , value]) => value === '0')
  )
}
