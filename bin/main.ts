import { createReadStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { Command as Program, CommanderError, InvalidArgumentError } from 'commander'
import type { Advance } from '../platform/advance.ts'
import { systemClock } from '../platform/clock.ts'
import { asIdentityError, IdentityError } from '../platform/error.ts'
import { lockHome } from '../platform/lock.ts'
import { packageVersion } from '../platform/root.ts'
import { isDemonstration, loadSettings, type Settings } from '../platform/settings.ts'
import { demonstrationSettings } from './demonstration-settings.ts'
import type { Given, Outcome } from './desk.ts'
import { listTitles } from './list-titles.ts'
import { askOwner } from './socket.ts'
import { letReadersLeave, statusLine, unlessLeft } from './terminal.ts'

/** The parts of the house, loaded once its home is ours: whoever comes second is told so at once. Here and not where
 *  they are used, since the compiler leaves the path of an import as it is beside a `using`. */
const parts = {
  up: () => import('./up.ts'),
  web: () => import('./web.ts'),
  house: () => import('./house.ts'),
  commands: () => import('./commands.ts'),
  health: () => import('./health.ts'),
  ldapServer: () => import('./ldap-server.ts'),
}

letReadersLeave(process.stdout, process.stderr)

const stopping = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  process.on(signal, () => {
    stopping.abort()
    leaveWithin(4_500)
  })
}

/** Whatever is still open by then is left: nothing is half done, since every write is a transaction, a log record or
 *  one LDAP operation. */
function leaveWithin(ms: number): void {
  systemClock.after(ms, () => process.exit())
}

const program = new Program('matricule')
  .description("Keeps the digital identities of a university's students true.")
  .version(packageVersion)
  .option('--json', 'answer in JSON: {ok, data} or {ok, error}')
  .exitOverride()
  .configureOutput({ outputError: (text, write) => (asJson() ? undefined : write(text)) })

program
  .command('up')
  .description('run everything in one process; with no source.kind set, the demonstration')
  .action(async () => {
    const settings = loadSettings({ env: process.env })
    using lock = lockHome(settings.config.home)
    const { up } = await parts.up()
    await up(process.env, settings, lock, stopping.signal, 'all')
  })

program
  .command('daemon')
  .description('the daemon alone, one of any number on a registry that is a server')
  .action(async () => {
    const settings = loadSettings({ env: process.env })
    using lock = lockHome(settings.config.home)
    const { up } = await parts.up()
    await up(process.env, settings, lock, stopping.signal, 'daemon')
  })

program
  .command('web')
  .description('the page alone, one of any number on a registry that is a server')
  .action(async () => {
    const settings = loadSettings({ env: process.env })
    const { web } = await parts.web()
    await web(process.env, settings, stopping.signal)
  })

program
  .command('health')
  .description('whether the process that runs here with these settings answers')
  .option('--ready', 'whether its first pass has settled everything, too')
  .action(async (given: { ready?: true }) => {
    const { config } = loadSettings({ env: process.env })
    const { health } = await parts.health()
    tell(await health(config.ops, { ready: given.ready ?? false }))
  })

program
  .command('generate')
  .description('write a synthetic university as a drop')
  .requiredOption('--students <n>', 'how many', wholeNumber)
  .requiredOption('--seed <seed>', 'the same seed gives the same university')
  .requiredOption('--out <folder>', 'where')
  .option('--today <day>', 'the day it is (YYYY-MM-DD)')
  .option('--snapshot <n>', 'number of the snapshot', wholeNumber, 1)
  .option('--encoding <name>', 'UTF-8, ISO-8859-1, ISO-8859-15 or Windows-1252', 'ISO-8859-15')
  .action(generate)

const ldapServer = program
  .command('ldap-server')
  .description('an embedded directory on its own; its settings file: docs/ldap-server.md')
  .requiredOption('--settings <file>', 'YAML')
  .action(async ({ settings }: { settings: string }) => {
    const { ldapServer: serve } = await parts.ldapServer()
    await serve(resolve(settings), stopping.signal, tell)
  })
const settingsOf = () => resolve(ldapServer.opts<{ settings: string }>().settings)
ldapServer
  .command('export')
  .description('every entry as LDIF; the server must not be running')
  .option('--out <file>', 'where, readable by you alone; standard output when absent')
  .action(async ({ out }: { out?: string }) => {
    const { exportLdif } = await parts.ldapServer()
    tell(await exportLdif(settingsOf(), out === undefined ? undefined : resolve(out)))
  })
ldapServer
  .command('import')
  .description('add the entries of an LDIF file that are not there yet')
  .argument('<file>')
  .action(async (file: string) => {
    const { importLdif } = await parts.ldapServer()
    tell(await importLdif(settingsOf(), resolve(file)))
  })

const desk = (name: string, description: string) => {
  const words = name.split(' ')
  const last = words.pop() ?? name
  const parent = words.reduce<Program>(
    (at, word) => at.commands.find((each) => each.name() === word) ?? at.command(word),
    program,
  )
  return parent.command(last).description(description)
}
desk('migrate', 'bring the registry up to date').action(() => onHouse('migrate', {}))
desk('plan', 'what would change, value by value; writes nothing')
  .option('--sample <n>', 'students of each target that are shown', '10')
  .action((given: Given) => onHouse('plan', given))
desk('sync', 'one pass now, or one student')
  .option('--once', 'read what lies at the source now, and settle')
  .option('--student <number>', 'read one student again at the source, where it can be asked so, and settle')
  .action((given: Given) => {
    if ((given['once'] === true) === (given['student'] !== undefined)) {
      throw new IdentityError('USAGE', 'sync needs either --once or --student NUMBER')
    }
    return onHouse('sync', given)
  })
desk('approve', 'approve what is held')
  .argument('<digest>')
  .action((digest: string) => onHouse('approve', { digest }))
desk('adopt', 'take over the students who stand in the directories already')
  .option('--dry-run', 'only say what would be taken over')
  .action((given: Given) => onHouse('adopt', given))
desk('doctor', 'what is found of registry, source and each directory now')
  .option('--write', 'also add, open and remove an entry of nobody in each directory')
  .action((given: Given) => onHouse('doctor', given))
desk('ldif', 'every entry of a target, for the first fill of a directory by slapadd -q -w')
  .argument('<target>')
  .option('--out <file>', 'where, readable by you alone; standard output when absent')
  .action(ldif)
for (const [name, description] of [
  ['lock', 'nobody signs in with this account any more, in any directory'],
  ['unlock', 'the student is asked to choose a new password'],
  ['new-address', 'the institutional address of a new name; the former one stays an alias'],
] as const) {
  desk(name, description)
    .argument('<number>')
    .option('--reason <text>', 'for the trail of acts; no name, no address')
    .action((number: string, { reason }: { reason?: string }) => onHouse(name, { number, reason }))
}
desk('explain', 'where a student stands, and why')
  .argument('<number>')
  .action((number: string) => onHouse('explain', { number }))
for (const [name, description] of Object.entries(listTitles)) {
  desk(name, description).action(() => onHouse(name, {}))
}
desk('keys publish', 'write the key feed now').action(() => onHouse('keys publish', {}))

await run()

async function run(): Promise<void> {
  try {
    await program.parseAsync()
  } catch (thrown) {
    if (thrown instanceof CommanderError) {
      if (thrown.exitCode === 0) return
      if (asJson()) tellError('USAGE', thrown.message.replace(/^error: /, ''))
      process.exitCode = 2
      return
    }
    const { sentence, exit } = leaving(thrown)
    if (asJson()) tellError(asIdentityError(thrown).code, sentence)
    else process.stderr.write(`matricule: ${sentence}\n`)
    process.exitCode = exit
    leaveWithin(2_000)
  }
}

/** Runs a command in the process that has the home, or here when nobody has it. */
async function onHouse(name: string, given: Given): Promise<void> {
  tell(await ask(settingsHere(), name, given))
}

/** The file is written by whoever has the home; without one it passes through a file of the home. */
async function ldif(target: string, { out }: { out?: string }): Promise<void> {
  if (out !== undefined) return onHouse('ldif', { target, out: resolve(out) })
  if (asJson())
    throw new IdentityError('USAGE', 'ldif --json needs --out FILE: standard output is for one of both')
  const settings = settingsHere()
  const path = join(settings.config.home, `${target}.${process.pid}.ldif`)
  try {
    await ask(settings, 'ldif', { target, out: path })
    await pipeline(createReadStream(path), process.stdout, { end: false }).catch(unlessLeft)
  } finally {
    await rm(path, { force: true })
  }
}

/** Asks the owner of the home, or runs here when it has none. While an `up` is opening or closing the home is taken
 *  and nobody answers yet: that is waited for. */
async function ask(settings: Settings, name: string, given: Given): Promise<Outcome> {
  using status = statusLine(process.stderr)
  const told = (advances: readonly Advance[]): void => status?.show(advances)
  for (let attempt = 1; ; attempt++) {
    const answered = await askOwner(settings.config.home, name, given, told)
    if (answered !== null) return answered
    try {
      return await alone(settings, name, given, told)
    } catch (thrown) {
      if (asIdentityError(thrown).code !== 'HOME_IN_USE' || attempt === 20) throw thrown
      await systemClock.sleep(500)
    }
  }
}

async function alone(
  settings: Settings,
  name: string,
  given: Given,
  told: (advances: readonly Advance[]) => void,
): Promise<Outcome> {
  const shared = settings.secrets.registry.url !== ''
  // Of several processes on one registry, the one that does what a single one may do is known by its home.
  using lock = shared && name !== 'sync' ? null : lockHome(settings.config.home)
  const { openHouse } = await parts.house()
  const { commands, runCommand } = await parts.commands()
  await using house = await openHouse({
    settings,
    lock,
    demonstration: isDemonstration(loadSettings({ env: process.env }).config),
    withDirectories: commands[name]?.needsDirectories ?? false,
    say: (sentence) => process.stderr.write(`${sentence}\n`),
  })
  using _listening = house.rooms.advances.listen(told)
  return await runCommand(name, { settings, rooms: house.rooms, daemon: null }, given)
}

function settingsHere(): Settings {
  const first = loadSettings({ env: process.env })
  return isDemonstration(first.config) ? demonstrationSettings(process.env, first) : first
}

async function generate(given: {
  students: number
  seed: string
  out: string
  today?: string
  snapshot: number
  encoding: string
}): Promise<void> {
  const { generateUniversity, openYearOn, writeDrop } = await import('../demo/generate.ts')
  const { parisDay } = await import('../domain/paris.ts')
  const now = systemClock.now()
  const today = given.today ?? parisDay(now)
  const encodings = ['UTF-8', 'ISO-8859-1', 'ISO-8859-15', 'Windows-1252'] as const
  const encoding = encodings.find((known) => known.toLowerCase() === given.encoding.toLowerCase())
  if (encoding === undefined) throw new IdentityError('USAGE', `--encoding is one of ${encodings.join(', ')}`)
  const folder = resolve(given.out)
  const records = generateUniversity({ students: given.students, seed: given.seed, today })
  await writeDrop(folder, records, {
    snapshot: given.snapshot,
    takenAt: now,
    openYears: [openYearOn(today)],
    encoding,
  })
  tell({ data: { students: records.length, folder }, text: `${records.length} students in ${folder}\n` })
}

function tell({ data, text, exit = 0, error, bare = false }: Outcome): void {
  const answer =
    exit === 1
      ? { ok: false, error: error ?? { code: 'COMMAND_FAILED', message: text.trim() }, data }
      : bare
        ? data
        : { ok: true, data }
  process.stdout.write(
    asJson()
      ? `${JSON.stringify(answer)}
`
      : text,
  )
  process.exitCode = exit
}

function tellError(code: string, message: string): void {
  process.stdout.write(`${JSON.stringify({ ok: false, error: { code, message } })}\n`)
}

function asJson(): boolean {
  return process.argv.includes('--json')
}

function wholeNumber(text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 1)
    throw new InvalidArgumentError('a whole number above 0 is wanted.')
  return number
}

/** One sentence for whoever started it, and the exit code: 2 for settings, ports and use, else 1. */
function leaving(thrown: unknown): { sentence: string; exit: number } {
  const { code, message } = asIdentityError(thrown)
  const wrongUse = ['SETTINGS_INVALID', 'PORT_BUSY', 'HOME_IN_USE', 'HOME_UNUSABLE', 'USAGE'].includes(code)
  return { sentence: message, exit: wrongUse ? 2 : 1 }
}
