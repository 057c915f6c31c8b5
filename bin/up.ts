import { startDaemon, type Daemon } from '../daemon/schedule.ts'
import type { Rooms } from '../daemon/rooms.ts'
import { createInbox } from '../demo/inbox.ts'
import { openSignIn } from '../demo/sign-in.ts'
import { later } from '../platform/clock.ts'
import { IdentityError } from '../platform/error.ts'
import type { Lock } from '../platform/lock.ts'
import { createOps } from '../platform/ops.ts'
import { packageVersion } from '../platform/root.ts'
import {
  isDemonstration,
  publicBase,
  siteProblems,
  type Config,
  type Settings,
} from '../platform/settings.ts'
import { runCommand } from './commands.ts'
import { prepareDrop } from './demonstration.ts'
import { demonstrationSettings } from './demonstration-settings.ts'
import { closing } from './closing.ts'
import { clientOf, type Client } from './helpdesk.ts'
import { openHouse, type House } from './house.ts'
import { openPage } from './page.ts'
import { serveCommands } from './socket.ts'
import { createTerminal, statusLine, type Terminal } from './terminal.ts'

/** How long the daemon is waited for: a directory that does not answer may hold it longer, and its next start heals. */
const stopMs = 2_000

/** Everything in one process, or the daemon alone, on a home that is ours, until `signal` aborts. */
export async function up(
  env: NodeJS.ProcessEnv,
  first: Settings,
  lock: Lock,
  signal: AbortSignal,
  part: 'all' | 'daemon',
): Promise<void> {
  const demonstration = part === 'all' && isDemonstration(first.config)
  const settings = demonstration ? demonstrationSettings(env, first) : first
  const problems = demonstration ? [] : siteProblems(settings, part)
  if (problems.length > 0) throw new IdentityError('SETTINGS_INVALID', problems.join('\n'))
  const terminal = createTerminal(env)
  const { config } = settings
  terminal.print(
    `${terminal.bold(`Matricule ${packageVersion}`)}${demonstration ? ' · demonstration' : part === 'daemon' ? ' · daemon' : ''}\n\n`,
  )

  await using stack = new AsyncDisposableStack()
  const smtpUrl = demonstration ? `smtp://127.0.0.1:${config.inbox.smtp_port}` : undefined
  const house = stack.use(
    await openHouse({
      settings,
      lock,
      demonstration,
      withDirectories: true,
      ...(smtpUrl === undefined ? {} : { smtpUrl }),
      say: (sentence) => terminal.step(sentence),
    }),
  )
  const { rooms } = house
  terminal.step(`Registry and ${rooms.targets.length} directories`)
  if (demonstration) {
    await prepareDrop(settings, rooms.clock)
    const inbox = createInbox({ clock: rooms.clock, chance: rooms.chance, log: rooms.log })
    await inbox.listen({ host: '127.0.0.1', smtpPort: config.inbox.smtp_port, port: config.inbox.port })
    stack.defer(() => inbox.close())
    terminal.step('Inbox of the demonstration')
  }

  const state: { daemon: Daemon | null } = { daemon: null }
  const ops = createOps({
    metrics: rooms.metrics,
    log: rooms.log,
    ready: () => {
      const awaited = state.daemon?.awaited() ?? ['daemon']
      return { ready: awaited.length === 0, awaited }
    },
  })
  await ops.listen(config.ops)
  stack.defer(() => ops.close())
  if (part === 'all') {
    const signIn =
      demonstration && config.helpdesk.issuer === '' ? await demonstrationSignIn(rooms, config, stack) : null
    const client = signIn ?? clientOf(config)
    await openPage(rooms, settings, stack, client)
    terminal.step(client === null ? 'Page' : 'Page and helpdesk')
  }

  const daemon = startDaemon(rooms, { passIntervalMs: config.daemon.pass_interval_seconds * 1000 })
  state.daemon = daemon
  stack.defer(async () => {
    const waited = new AbortController()
    const stopped = daemon.stop().then(() => true)
    const inTime = await Promise.race([stopped, rooms.clock.sleep(stopMs, waited.signal).then(() => false)])
    waited.abort()
    await house.stopLeading(inTime)
  })
  stack.use(
    await serveCommands(
      config.home,
      (command, given) => runCommand(command, { settings, rooms, daemon }, given),
      rooms.advances,
    ),
  )

  const broken = house.broken.then((cause) => {
    throw new IdentityError('UNAVAILABLE', `a part of matricule has ended: ${cause.message}`, { cause })
  })
  broken.catch(() => undefined)
  await Promise.race([settled(house, daemon, terminal, signal), broken])
  if (!signal.aborted) terminal.print(await closing(house, terminal, { demonstration, page: part === 'all' }))
  await Promise.race([
    new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true })),
    broken,
    ...(signal.aborted ? [Promise.resolve()] : []),
  ])
}

/** The staff of the demonstration sign in at a provider of its own. */
async function demonstrationSignIn(
  { chance, log }: Rooms,
  config: Config,
  stack: AsyncDisposableStack,
): Promise<Client> {
  const signIn = await openSignIn({ ...config.sign_in, baseUrl: publicBase(config), chance, log })
  stack.defer(() => signIn.close())
  return signIn
}

/** Waits until the first pass has settled everything: on a terminal with a line that says how far it is, elsewhere with
 *  a line now and then that says what is still awaited. */
async function settled(
  { rooms }: House,
  daemon: Daemon,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  using status = statusLine(process.stdout)
  using _listening = rooms.advances.listen((advances) => status?.show(advances))
  let tell = later(rooms.clock.now(), 5_000)
  while (daemon.awaited().length > 0 && !signal.aborted) {
    await rooms.clock.sleep(50, signal)
    if (status !== null || rooms.clock.now() < tell) continue
    terminal.print(`  … ${daemon.awaited().join(', ')}\n`)
    tell = later(rooms.clock.now(), 5_000)
  }
  status?.clear()
  if (!signal.aborted) terminal.step('First pass')
}
