import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { drawnAnswers, drawnDeaths, killRun } from '../crash/kill.ts'
import { openRaces } from '../crash/races.ts'
import type { StageKind } from '../crash/scene.ts'
import { twoStartsRun } from '../crash/two-starts.ts'
import { openDatabaseFeeds } from '../feeds/try-database.ts'
import { openFeeds } from '../feeds/try.ts'
import { compareSequences } from '../ldap-server/differential.ts'
import { drawnLines, killWhileWriting } from '../ldap-server/kill.ts'
import { throwMutations } from '../ldap-server/mutations.ts'
import { startPostgres } from '../run/servers/postgres.ts'
import { rollOver } from './roll-over.ts'

const feedsInARun = 250
/** Each of them has two races: for one key, and for one link. */
const racersInARun = 200

/** What one run of a seed found: what does not hold, and a note for the terminal. */
export interface Found {
  readonly broken: readonly { readonly invariant: string; readonly detail: string }[]
  readonly note: string
}

/** The long runs by name: each tells one seed from its beginning to its end, and leaves nothing behind. A run that
 *  throws is broken too. */
export const kinds: Readonly<
  Record<string, (seed: string, stage: StageKind, size: number) => Promise<Found>>
> = {
  async kill(seed, stage) {
    const { broken, deaths, recoveries } = await killRun(stage, seed, drawnDeaths(seed, 3))
    return { broken, note: `${deaths.join(', ')}; back after ${slowest(recoveries)} ms at most` }
  },
  async mail(seed, stage) {
    const { broken, deaths } = await killRun(stage, seed, drawnDeaths(seed, 3), drawnAnswers(seed, 40))
    return { broken, note: deaths.join(', ') }
  },
  async 'two-starts'(seed, stage) {
    const { broken, refused } = await twoStartsRun(stage, seed, 50)
    return {
      broken,
      note: `${refused.length} refused within ${slowest(refused.map(({ afterMs }) => afterMs))} ms`,
    }
  },
  /** One run is 250 feeds, to a university of its own. */
  async feeds(seed) {
    await using feeds = await openFeeds({ ownRegistry: true })
    const broken: Found['broken'][number][] = []
    for (let each = 0; each < feedsInARun; each++) {
      const { spoiling, wrong } = await feeds.tryFeed(`${seed}.${each}`)
      broken.push(...wrong.map((detail) => ({ invariant: `feed ${seed}.${each}, ${spoiling}`, detail })))
    }
    return { broken, note: `${feedsInARun} feeds` }
  },
  /** The same of Apogée's own tables. */
  async 'feeds-postgres'(seed) {
    await using postgres = await startPostgres()
    await using feeds = await openDatabaseFeeds({
      stage: { ownRegistry: true },
      postgres: postgres.url('postgres'),
    })
    const broken: Found['broken'][number][] = []
    for (let each = 0; each < feedsInARun; each++) {
      const { spoiling, wrong } = await feeds.tryFeed(`${seed}.${each}`)
      broken.push(...wrong.map((detail) => ({ invariant: `tables ${seed}.${each}, ${spoiling}`, detail })))
    }
    return { broken, note: `${feedsInARun} states of the tables` }
  },
  /** One run is 400 races between two pages on a PostgreSQL. What is drawn is keys: no seed brings a race back. */
  async races() {
    await using races = await openRaces()
    const wrong = await races.run(racersInARun)
    const broken = wrong.map((detail) => ({ invariant: 'one success, one letter', detail }))
    return { broken, note: `${2 * racersInARun} races, each tenth of 200 posts, the others of 16` }
  },
  /** One run is the end of grace of as many students as are asked for. */
  async 'roll-over'(seed, _stage, size) {
    const { wrong, note } = await rollOver(seed, size)
    return { broken: wrong.map((detail) => ({ invariant: 'the roll-over', detail })), note }
  },
  async 'ldap-mutation'(seed) {
    const failures = await throwMutations(Number(seed), 20_000)
    return { broken: failures.map((detail) => ({ invariant: 'goes on', detail })), note: '20,000 messages' }
  },
  /** One run is 1,000 sequences of requests, each asked of an OpenLDAP too. */
  async 'ldap-differential'(seed) {
    const { found, steps } = await compareSequences(Number(seed), 1_000)
    const broken = found.map((detail) => ({ invariant: 'answers as slapd', detail }))
    return { broken, note: `1,000 sequences, ${steps} requests` }
  },
  /** One run is ten deaths of one directory, each somewhere else. */
  async 'ldap-kill'(seed) {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'matricule-ldap-kill-'))
    const { broken, acknowledged } = await killWhileWriting(folder.path, drawnLines(Number(seed), 10))
    return {
      broken: broken.map((detail) => ({ invariant: 'acknowledged is kept', detail })),
      note: `10 deaths, ${acknowledged} acknowledged changes`,
    }
  },
}

function slowest(ms: readonly number[]): number {
  return Math.round(Math.max(0, ...ms))
}
