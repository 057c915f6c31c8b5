import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { inject } from 'vitest'
import { rulesOf, pageRulesOf } from '../../bin/rules.ts'
import { alone } from '../../daemon/leadership.ts'
import { createSmtpMailer } from '../../daemon/letter/mailer.ts'
import type { Rooms, Rules } from '../../daemon/rooms.ts'
import { tellTakenOver } from '../../daemon/taken-over.ts'
import { createDropSource } from '../../daemon/source/drop.ts'
import { writeDrop, type DropFacts } from '../../demo/generate-drop.ts'
import type { StudentRecord } from '../../domain/person.ts'
import { createAdvances } from '../../platform/advance.ts'
import { systemChance } from '../../platform/chance.ts'
import { systemClock } from '../../platform/clock.ts'
import { createJudge, type Judge } from '../../platform/judge.ts'
import { silentLog } from '../../platform/log.ts'
import { createMetrics } from '../../platform/metrics.ts'
import { openKeyRing } from '../../platform/seal.ts'
import { loadSettings } from '../../platform/settings.ts'
import { createVerifiers } from '../../platform/verifier.ts'
import { openRegistry } from '../../registry/open.ts'
import type { PostgresOptions } from '../../registry/postgres-pool.ts'
import { writeTargets } from '../../registry/settlements.ts'
import type { House } from '../../web/flow/house.ts'
import { openDirectories, type DirectoryKind, type TestDirectory } from './directories.ts'
import { openMailServer, type MailServer } from './mail-server.ts'
import { mailboxesAt } from './mailboxes.ts'
import { openZimbra, type TestZimbra } from './zimbra/server.ts'
import { movedClock, type MovedClock } from './moved-clock.ts'
import { openTestRegistry } from './registry.ts'
import type { SlapdSettings } from './servers/slapd.ts'

export interface StageOptions {
  /** Where the clock stands; a Tuesday of September 2026 unless said otherwise. */
  readonly at?: string
  /** Whether the registry is an embedded one of its own, whatever this run of the tests is about: outside one it must be. */
  readonly ownRegistry?: boolean
  /** The server of a registry of its own; its schema is made there. */
  readonly registry?: PostgresOptions
  /** What the three directories are; embedded where the registry is, real ones beside a real one, unless said
   *  otherwise. */
  readonly directories?: DirectoryKind
  /** What differs in the real ones. */
  readonly slapd?: Partial<SlapdSettings>
  /** Whether there are mailboxes too. */
  readonly mailboxes?: boolean
  /** What differs from the settings of a house that nobody has set. */
  readonly rules?: Partial<Rules>
}

/** The house with real parts: registry, key ring, three directories, mail server, drop folder. Only time is moved. */
export interface Stage extends AsyncDisposable {
  readonly rooms: Rooms
  readonly house: House
  readonly clock: MovedClock
  readonly mail: MailServer
  readonly directories: readonly TestDirectory[]
  /** The Zimbra of the mailboxes; throws where there are none. */
  readonly zimbra: TestZimbra
  readonly folder: string
  directory(name: string): TestDirectory
  /** Lays these records down as the next full snapshot, taken now, of 2026 unless told otherwise. */
  drop(records: readonly StudentRecord[], facts?: Partial<DropFacts>): Promise<void>
  /** The same rooms under other rules. */
  under(rules: Partial<Rules>): Rooms
  /** Whether the password opens the account, directory by directory. */
  bind(number: string, password: string): Promise<boolean[]>
  /** What of entries and attributes that others have written is not as they left it; see theirs.ts. */
  disturbed(): Promise<string[]>
  /** Nobody is known any more, nobody was ever written to, and the clock stands where it stood first. */
  afresh(): Promise<void>
}

const morning = '2026-09-15T06:00:00.000Z'

export async function openStage({
  at = morning,
  ownRegistry = false,
  registry: server,
  directories: kind = ownRegistry || inject('registry') === 'embedded' ? 'embedded' : 'openldap',
  slapd = {},
  mailboxes = false,
  rules: changed = {},
}: StageOptions = {}): Promise<Stage> {
  await using opened = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'matricule-stage-'))
  opened.defer(() => rm(folder, { recursive: true, force: true }))
  const clock = movedClock(at)
  const chance = systemChance
  const ring = await openKeyRing({ file: join(folder, 'keys.json'), clock, chance })
  const registry = server ? await openRegistry({ server, clock }) : await openTestRegistry(clock, ownRegistry)
  opened.defer(() => registry.close())
  const directories = await openDirectories(kind, slapd)
  for (const directory of directories.values()) opened.defer(() => directory.close())
  const mail = await openMailServer()
  opened.defer(() => mail.close())
  const mailer = createSmtpMailer({ url: mail.url, clock, connectMs: 5_000, letterMs: 5_000 })
  opened.defer(() => mailer.close())

  const { config } = loadSettings({ env: { MATRICULE_HOME: folder }, cwd: folder })
  const usual = rulesOf(config, 'https://compte.example.org')
  const rules: Rules = { ...usual, letters: { ...usual.letters, sendAt: 'now' }, ...changed }
  const metrics = createMetrics('test')
  const zimbra = mailboxes ? await openZimbra({ domain: config.address.domain }) : null
  if (zimbra) opened.defer(() => zimbra.close())
  const boxes = zimbra ? [mailboxesAt(zimbra, { registry, clock: systemClock })] : []
  for (const target of boxes) opened.defer(() => target.close())
  const targets = [...[...directories.values()].map(({ target }) => target), ...boxes]
  await registry.transaction((tx) =>
    writeTargets(
      tx,
      targets.map(({ name }) => name),
      boxes.map(({ name }) => name),
    ),
  )
  const path = join(folder, 'drop')
  const limits = { firstYear: '9999' }
  const parts = { registry, ring, clock, chance, log: silentLog, metrics }
  const rooms = {
    ...parts,
    advances: createAdvances(systemClock),
    leadership: alone,
    source: createDropSource({ path, limits }),
    targets,
    mailer,
    rules,
  }
  // The directories begin empty, as a first pass would find them.
  for (const target of targets) await tellTakenOver(rooms, target, 0)

  const judges: Judge[] = []
  opened.defer(() => Promise.all(judges.map((judge) => judge.close())).then(() => undefined))
  // Made when first asked for: its worker loads dictionaries that few tests need.
  const judge: Judge = {
    judge: (password, own) => {
      if (judges.length === 0) judges.push(createJudge({ clock }))
      return judges[0]?.judge(password, own) ?? Promise.reject(new Error('no judge'))
    },
    close: () => Promise.resolve(),
  }
  const verifiers = createVerifiers({
    schemes: config.passwords.schemes,
    chance,
    argon2: { memory_kib: 8_192, passes: 1, lanes: 1 },
  })
  const house: House = { ...parts, verifiers, judge, typing: judge, rules: pageRulesOf(config) }

  let snapshot = 0
  const stack = opened.move()
  return {
    rooms,
    house,
    clock,
    mail,
    directories: [...directories.values()],
    zimbra: zimbra ?? noZimbra,
    folder,
    directory(name) {
      const found = directories.get(name)
      if (found === undefined) throw new Error(`there is no directory ${name}`)
      return found
    },
    async drop(records, facts = {}) {
      snapshot += 1
      await writeDrop(path, records, { snapshot, takenAt: clock.now(), openYears: ['2026'], ...facts })
    },
    under: (more) => ({ ...rooms, rules: { ...rules, ...more } }),
    bind: (number, password) =>
      Promise.all([...directories.values()].map((each) => each.bind(number, password))),
    async disturbed() {
      const rows = await registry.db
        .selectFrom('settlement')
        .select('entry_uuid')
        .where('entry_uuid', 'is not', null)
        .execute()
      const ours = new Set(rows.flatMap(({ entry_uuid }) => entry_uuid ?? []))
      return (await Promise.all([...directories.values()].map((each) => each.disturbed(ours)))).flat()
    },
    async afresh() {
      clock.set(at)
      snapshot = 0
      mail.script()
      mail.turnAway(null)
      mail.received.length = 0
      const { rows } = await sql<{ name: string }>`
        select tablename as name from pg_tables where schemaname = current_schema()
          and tablename not in ('migration', 'audit', 'target')`.execute(registry.db)
      await sql`truncate ${sql.join(rows.map(({ name }) => sql.table(name)))} cascade`.execute(registry.db)
      for (const directory of directories.values()) {
        directory.wire.mend()
        await directory.empty()
        await directory.plant()
      }
      zimbra?.empty()
      await rm(path, { recursive: true, force: true })
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

/** What a stage without mailboxes has in the place of a Zimbra: whoever asks it anything is told. */
const noZimbra = new Proxy({} as TestZimbra, {
  get() {
    throw new Error('there are no mailboxes on this stage')
  },
})
