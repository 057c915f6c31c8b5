import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { packageRoot } from '../../platform/root.ts'
import { eventually } from '../run/eventually.ts'
import { startMatricule, type Ended, type Ports, type Running } from '../run/matricule.ts'

/** How a life of the house ends: at a numbered point, of all or of one name (test/run/effects.ts), and in any case some
 *  time after its start or after its page has first answered. */
export interface Death {
  readonly at?: `${number}` | `${number} ${string}`
  readonly afterMs: number
  readonly from: 'start' | 'page'
}

export interface LifeOptions {
  readonly home: string
  readonly ports: Ports
  readonly settings: Readonly<Record<string, string>>
  /** How far ahead of ours its calendar is. */
  readonly aheadMs: number
  readonly death: Death | null
}

/** A real `matricule up`, from its start to its end. */
export interface Life {
  readonly running: Running
  /** Milliseconds from its start until its page answered; null when it ended before. */
  readonly answered: Promise<number | null>
  isOver(): boolean
  /** It is no longer to be killed after some time; at its numbered point it still is. */
  spare(): void
  /** How it ended, and where: `12 before ldap`. */
  readonly over: Promise<Ended & { readonly where: string }>
}

const longestStartMs = 120_000

const preloaded = ['effects', 'clock-ahead'].flatMap((name) => [
  '--import',
  join(packageRoot, 'test', 'run', `${name}.ts`),
])

export async function live({ home, ports, settings, aheadMs, death }: LifeOptions): Promise<Life> {
  const report = join(home, 'effects')
  await rm(report, { force: true })
  const running = await startMatricule({
    home,
    ports,
    command: [process.execPath, ...preloaded, join(packageRoot, 'bin', 'main.ts'), 'up'],
    env: {
      ...settings,
      CLOCK_AHEAD_MS: String(aheadMs),
      EFFECTS_REPORT: report,
      EFFECTS_KILL_AT: death?.at ?? '0',
    },
  })
  const { child, ended } = running
  const isOver = () => child.exitCode !== null || child.signalCode !== null
  const started = performance.now()
  const page = `http://127.0.0.1:${ports.page}/accessibilite`
  const answered = eventually(
    'the page',
    async () => isOver() || (await fetch(page)).ok,
    longestStartMs,
  ).then(
    () => (isOver() ? null : performance.now() - started),
    () => null,
  )
  let timer: NodeJS.Timeout | undefined
  let spared = death === null
  const spare = () => {
    spared = true
    clearTimeout(timer)
  }
  void (death?.from === 'page' ? answered : Promise.resolve()).then(() => {
    if (!spared) timer = setTimeout(() => child.kill('SIGKILL'), death?.afterMs)
  })
  return {
    running,
    answered,
    isOver,
    spare,
    over: ended.then(async (end) => {
      spare()
      const told = await readFile(report, 'utf8').catch(() => null)
      return { ...end, where: told?.trim() ?? `${death?.afterMs ?? '?'} ms after the ${death?.from ?? '?'}` }
    }),
  }
}
