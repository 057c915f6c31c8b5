import { accessSync, constants, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { randomBelow, systemChance } from './chance.ts'
import { systemClock, type Clock } from './clock.ts'
import { asIdentityError, IdentityError } from './error.ts'

/** Who holds a home, as `owner.json` tells it: a hint for people and for commands that want to reach the owner.
 *  The lock itself never depends on it. */
export interface Owner {
  readonly pid: number
  /** Instant at which the home was locked (ISO 8601, UTC). */
  readonly started: string
  /** What the owner recorded besides, such as the path of its local socket. */
  readonly facts: Readonly<Record<string, string>>
}

export interface Lock extends Disposable {
  readonly home: string
  /** Adds facts to `owner.json` (mode 0600), such as the path of the local socket. */
  record(facts: Readonly<Record<string, string>>): void
}

/** Takes the home for this process, creating the folder (mode 0700) when it is absent. The lock is an exclusive
 *  SQLite transaction held open on `<home>/lock`: the kernel drops it with the process, however it ends.
 *  No other code of the process may open that file: closing it would drop the lock (POSIX record locks).
 *  Throws IdentityError, within half a second: HOME_IN_USE when another process (or this one) holds it, HOME_UNUSABLE when
 *  the folder cannot be created, written or locked. */
export function lockHome(home: string, clock: Clock = systemClock): Lock {
  prepare(home)
  const database = hold(home)
  const started = clock.now().toISOString()
  let facts: Readonly<Record<string, string>> = {}
  let held = true
  const write = () => {
    const temporary = join(home, '.owner.json.part')
    writeFileSync(temporary, `${JSON.stringify({ pid: process.pid, started, facts })}\n`, { mode: 0o600 })
    renameSync(temporary, ownerFile(home))
  }
  write()
  return {
    home,
    record(more) {
      if (!held) return
      facts = { ...facts, ...more }
      write()
    },
    [Symbol.dispose]() {
      if (!held) return
      held = false
      rmSync(ownerFile(home), { force: true })
      database.close()
    },
  }
}

/** What `owner.json` says, or null when there is none that can be read. A killed owner leaves its own behind:
 *  only the lock tells whether somebody is there. */
export function readOwner(home: string): Owner | null {
  try {
    const { pid, started, facts } = JSON.parse(readFileSync(ownerFile(home), 'utf8')) as Partial<Owner>
    if (typeof pid !== 'number' || typeof started !== 'string') return null
    return { pid, started, facts: typeof facts === 'object' ? facts : {} }
  } catch {
    return null
  }
}

const ownerFile = (home: string): string => join(home, 'owner.json')

function prepare(home: string): void {
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 })
    accessSync(home, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (cause) {
    throw unusable(home, cause)
  }
}

/** Two that begin at the same moment may each keep the other from it: SQLite lets both read, and neither write. So each
 *  asks again, after a time of its own. */
const attempts = 6
const longestPauseMs = 60

function hold(home: string): DatabaseSync {
  for (let attempt = 1; ; attempt++) {
    try {
      return holdNow(home)
    } catch (error) {
      if (attempt === attempts || asIdentityError(error).code !== 'HOME_IN_USE') throw error
      pause(1 + randomBelow(systemChance, longestPauseMs))
    }
  }
}

/** Nothing else is under way in a process that has no home yet. */
function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

function holdNow(home: string): DatabaseSync {
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(join(home, 'lock'), { timeout: 0 })
    database.exec('begin exclusive')
    return database
  } catch (cause) {
    database?.close()
    const sqliteBusy = 5
    if ((cause as { errcode?: number }).errcode !== sqliteBusy) throw unusable(home, cause)
    const owner = readOwner(home)
    const who = owner === null ? 'another process' : `process ${owner.pid}, started ${owner.started}`
    throw new IdentityError('HOME_IN_USE', `${home} is in use by ${who}: stop it, or give another home.`, {
      cause,
      transient: true,
      details: { home, pid: owner?.pid ?? null },
    })
  }
}

function unusable(home: string, cause: unknown): IdentityError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new IdentityError('HOME_UNUSABLE', `The home ${home} cannot be used: ${reason}`, {
    cause,
    details: { home },
  })
}
