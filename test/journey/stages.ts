import { createInbox } from '../../demo/inbox.ts'
import { generateUniversity, openYearOn, writeDrop } from '../../demo/generate.ts'
import { parisDay } from '../../domain/paris.ts'
import { systemChance } from '../../platform/chance.ts'
import { systemClock } from '../../platform/clock.ts'
import { silentLog } from '../../platform/log.ts'
import { openBalancer } from '../run/balance.ts'
import { runMatricule, startMatricule, takePorts, type Running } from '../run/matricule.ts'
import { freePorts } from '../run/ports.ts'
import { freshDatabase } from '../run/servers/database.ts'
import { openSite, type Site } from '../run/site.ts'
import { stageOf, type Stage } from './story.ts'

/** embedded: `matricule up` as a newcomer starts it, one process · servers: as a university installs it, PostgreSQL and
 *  three OpenLDAPs, two daemons and two pages behind one address, each a process. */
export const stageKinds = ['embedded', 'servers'] as const

export type OpenStage = Stage & AsyncDisposable

export function openStageOf(kind: (typeof stageKinds)[number]): Promise<OpenStage> {
  return kind === 'embedded' ? embedded() : servers()
}

async function embedded(): Promise<OpenStage> {
  const running = await startMatricule()
  await running.ready()
  return {
    ...stageOf(running.ports, running.home),
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  }
}

async function servers(): Promise<OpenStage> {
  await using opened = new AsyncDisposableStack()
  const database = opened.use(await freshDatabase())
  const university = opened.use(await openUniversity({ registry: database.url }))
  const stack = opened.move()
  return { ...university.stage, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

/** Matricule as a university installs it, with its students in the drop and nobody activated. */
export interface University extends AsyncDisposable {
  readonly stage: Stage
  readonly site: Site
  readonly daemons: readonly Running[]
  readonly pages: readonly Running[]
  /** Those that run now, the ones that were started again among them. */
  everyDaemon(): readonly Running[]
  /** Starts a daemon again in the home that it had. */
  again(daemon: Running): Promise<Running>
}

/** @param registry the address of an empty PostgreSQL database
 *  @param env settings for every process */
export async function openUniversity({
  registry,
  env = {},
}: {
  registry: string
  env?: Readonly<Record<string, string>>
}): Promise<University> {
  await using opened = new AsyncDisposableStack()
  const inbox = createInbox({ clock: systemClock, chance: systemChance, log: silentLog })
  const inboxPorts = await inbox.listen({ host: '127.0.0.1', smtpPort: 0, port: 0 })
  opened.defer(() => inbox.close())
  const [balancedPort = 0] = await freePorts(1)
  const page = `http://127.0.0.1:${balancedPort}`
  const site = opened.use(
    await openSite({
      registry,
      smtpUrl: `smtp://127.0.0.1:${inboxPorts.smtpPort}`,
      env: {
        MATRICULE_PUBLIC_BASE_URL: page,
        MATRICULE_LINKS_ENT: 'https://ent.example.org',
        MATRICULE_LINKS_ENT_UPMC: 'https://ent-upmc.example.org',
        ...env,
      },
    }),
  )
  await writeFirstDrop(site.drop)

  const begin = async (part: 'daemon' | 'web', home: string) =>
    startMatricule({ home, ports: await takePorts(), env: site.env, command: ['sh', 'bin/matricule', part] })
  const start = async (part: 'daemon' | 'web', name: string) =>
    opened.use(await begin(part, await site.home(name)))
  // All at once, as after a power cut.
  const daemons = [await start('daemon', 'daemon-1'), await start('daemon', 'daemon-2')]
  const pages = [await start('web', 'web-1'), await start('web', 'web-2')]
  await Promise.all([...daemons, ...pages].map((each) => each.ready()))
  opened.use(
    await openBalancer(
      balancedPort,
      pages.map(({ ports }) => ports.page),
    ),
  )
  const run = ({ home }: Running, args: readonly string[]) =>
    runMatricule(args, { ...site.env, MATRICULE_HOME: home })
  const alive = [...daemons]
  const stack = opened.move()
  return {
    site,
    daemons,
    pages,
    everyDaemon: () => alive.filter(({ child }) => child.exitCode === null && child.signalCode === null),
    async again({ home }) {
      const daemon = stack.use(await begin('daemon', home))
      alive.push(daemon)
      return daemon
    },
    stage: {
      page,
      inbox: `http://127.0.0.1:${inboxPorts.port}`,
      drop: site.drop,
      directories: [...site.directories].map(([name, directory]) => ({
        name,
        opens: (number, password) => directory.bind(number, password),
      })),
      // An operator asks the daemon that leads; nobody knows beforehand which one it is.
      async command(...args) {
        const [one, other] = daemons as [Running, Running]
        const answer = await run(one, args)
        return answer.errors.includes('another daemon leads') ? run(other, args) : answer
      },
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

async function writeFirstDrop(folder: string): Promise<void> {
  const now = systemClock.now()
  const today = parisDay(now)
  await writeDrop(folder, generateUniversity({ students: 300, seed: 'demonstration', today }), {
    snapshot: 1,
    takenAt: now,
    openYears: [openYearOn(today)],
  })
}
