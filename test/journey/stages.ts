import { createInbox } from '../../demo/inbox.ts'
import { generateUniversity, openYearOn, writeDrop } from '../../demo/generate.ts'
import { parisDay } from '../../domain/paris.ts'
import { systemChance } from '../../platform/chance.ts'
import { systemClock } from '../../platform/clock.ts'
import { silentLog } from '../../platform/log.ts'
import { openBalancer } from '../run/balance.ts'
import { runMatricule, startMatricule, takePorts } from '../run/matricule.ts'
import { freePorts } from '../run/ports.ts'
import { freshDatabase } from '../run/servers/database.ts'
import { openSite } from '../run/site.ts'
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
  const inbox = createInbox({ clock: systemClock, chance: systemChance, log: silentLog })
  const inboxPorts = await inbox.listen({ host: '127.0.0.1', smtpPort: 0, port: 0 })
  opened.defer(() => inbox.close())
  const [balancedPort = 0] = await freePorts(1)
  const page = `http://127.0.0.1:${balancedPort}`
  const site = opened.use(
    await openSite({
      registry: database.url,
      smtpUrl: `smtp://127.0.0.1:${inboxPorts.smtpPort}`,
      env: { MATRICULE_PUBLIC_BASE_URL: page },
    }),
  )
  const now = systemClock.now()
  const today = parisDay(now)
  await writeDrop(site.drop, generateUniversity({ students: 300, seed: 'demonstration', today }), {
    snapshot: 1,
    takenAt: now,
    openYears: [openYearOn(today)],
  })

  const start = async (part: 'daemon' | 'web', name: string) => {
    const home = await site.home(name)
    const ports = await takePorts()
    return opened.use(
      await startMatricule({ home, ports, env: site.env, command: ['sh', 'bin/matricule', part] }),
    )
  }
  // All at once, as after a power cut.
  const all = [
    await start('daemon', 'daemon-1'),
    await start('daemon', 'daemon-2'),
    await start('web', 'web-1'),
    await start('web', 'web-2'),
  ] as const
  await Promise.all(all.map((each) => each.ready()))
  const [one, other, ...pages] = all
  opened.use(
    await openBalancer(
      balancedPort,
      pages.map(({ ports }) => ports.page),
    ),
  )
  const run = (home: string, args: readonly string[]) =>
    runMatricule(args, { ...site.env, MATRICULE_HOME: home })
  const stack = opened.move()
  return {
    page,
    inbox: `http://127.0.0.1:${inboxPorts.port}`,
    drop: site.drop,
    directories: [...site.directories].map(([name, directory]) => ({
      name,
      opens: (number, password) => directory.bind(number, password),
    })),
    // An operator asks the daemon that leads; nobody knows beforehand which one it is.
    async command(...args) {
      const answer = await run(one.home, args)
      return answer.errors.includes('another daemon leads') ? run(other.home, args) : answer
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}
