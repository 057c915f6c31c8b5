import { createHash } from 'node:crypto'
import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { keyAlphabet, keyLength } from '../../domain/key.ts'
import { tokenAlphabet, tokenLength } from '../../domain/token.ts'
import { randomText, systemChance } from '../../platform/chance.ts'
import { later, systemClock } from '../../platform/clock.ts'
import { openKeyRing, type KeyRing } from '../../platform/seal.ts'
import { issueKeys } from '../../registry/keys.ts'
import { openRegistry, type Registry } from '../../registry/open.ts'
import { writeTargets } from '../../registry/settlements.ts'
import { issueToken } from '../../registry/tokens.ts'
import { admitAll } from '../run/admitted.ts'
import { startMatricule, type Running } from '../run/matricule.ts'
import { freshNumber } from '../run/people.ts'
import { startPostgres } from '../run/servers/postgres.ts'
import { keyRace, linkRace, wrongIn, type Race } from './race-outcome.ts'
import { openDoor, type Door } from './race-posts.ts'

/** Posts of one secret at the same time: each tenth race has all that there are, the others a few, which meet as closely
 *  and let many more be run. */
const rivals = { most: 200, usual: 16 }
const rivalsOf = (race: number): number => (race % 10 === 0 ? rivals.most : rivals.usual)
/** Targets of a registry that nobody settles: what is promised and unsettled in them can be counted. */
const targets = ['primary', 'paris-sorbonne', 'upmc']

/** Two real pages on one PostgreSQL, and nobody who provisions: races for one key and one link are theirs alone. */
export interface Races extends AsyncDisposable {
  /** Everybody's key, and then a link of everybody's, each posted many times at once to both pages in turn. What is wrong,
   *  in words; empty when each had one success and one letter, and nothing was left half done.
   *  @param count students who are admitted for it: as many races for a key, and as many for a link */
  run(count: number): Promise<string[]>
}

/** The rooms of the races. */
interface Track {
  readonly registry: Registry
  readonly ring: KeyRing
  readonly doors: readonly Door[]
}

export async function openRaces(): Promise<Races> {
  await using opened = new AsyncDisposableStack()
  const folder = await mkdtempDisposable(join(tmpdir(), 'matricule-races-'))
  opened.defer(() => folder.remove())
  const postgres = opened.use(await startPostgres())
  const clock = systemClock
  const file = join(folder.path, 'keys.json')
  const ring = await openKeyRing({ file, clock, chance: systemChance })
  const server = { url: postgres.url('postgres'), connections: 4, connectMs: 10_000, statementMs: 60_000 }
  const registry = await openRegistry({ server, clock })
  opened.defer(() => registry.close())
  await registry.transaction((tx) => writeTargets(tx, targets))
  const pages = [opened.use(await startPage(server.url, file)), opened.use(await startPage(server.url, file))]
  await Promise.all(pages.map((page) => page.ready()))
  const doors = pages.map(({ ports }) => opened.use(openDoor(ports.page, rivals.most)))
  const stack = opened.move()
  return {
    run: (count) => race({ registry, ring, doors }, count),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

function startPage(registryUrl: string, masterFile: string): Promise<Running> {
  return startMatricule({
    command: ['sh', 'bin/matricule', 'web'],
    env: {
      MATRICULE_REGISTRY_URL: registryUrl,
      MATRICULE_KEYS_MASTER_FILE: masterFile,
      MATRICULE_PUBLIC_BASE_URL: 'http://127.0.0.1',
      MATRICULE_SOURCE_KIND: 'drop',
      MATRICULE_SOURCE_PATH: '/nowhere',
      // One network sends everything, and who is right is what is looked at.
      MATRICULE_LIMITS_REQUESTS_PER_MINUTE: '10000000',
      MATRICULE_LIMITS_JUDGEMENTS_PER_MINUTE: '10000000',
      MATRICULE_LIMITS_NETWORK_FAILURES: '1000000',
      MATRICULE_LIMITS_KEY_FAILURES: '10000',
      // A slow hash lets the rivals arrive one after the other.
      MATRICULE_PASSWORDS_SCHEMES: 'ssha',
      MATRICULE_LOG_LEVEL: 'error',
    },
  })
}

async function race(track: Track, count: number): Promise<string[]> {
  const { registry, ring } = track
  const numbers = Array.from({ length: count }, () => freshNumber())
  await admitAll(registry, numbers)
  const at = registry.clock.now()
  const keys = await Promise.all(
    numbers.map(async (number) => {
      const key = randomText(systemChance, keyAlphabet, keyLength)
      return { number, key, mac: ring.mac('key', key), sealed: await ring.seal('key', key) }
    }),
  )
  await registry.transaction((tx) =>
    issueKeys(
      tx,
      keys.map(({ number, mac, sealed }) => ({ number, version: 2, mac, sealed })),
      at,
    ),
  )
  const races: Race[] = []
  for (const [index, { number, key }] of keys.entries()) {
    const secret = { studentNumber: number, key }
    const ending = 'marmottes sifflent au sommet'
    races.push({ number, ...(await raceFor(track, '/activation', ending, secret, rivalsOf(index))) })
  }
  const found = await wrongIn(registry, ring, keyRace, races, targets)

  const tokens = numbers.map((number) => ({
    number,
    token: randomText(systemChance, tokenAlphabet, tokenLength),
  }))
  const issuedAt = registry.clock.now()
  const expiresAt = later(issuedAt, 3_600_000)
  await registry.transaction(async (tx) => {
    for (const { number, token } of tokens) {
      const digest = createHash('sha256').update(token).digest('hex')
      await issueToken(tx, { digest, number, requestedAt: issuedAt, expiresAt })
    }
  })
  const links: Race[] = []
  for (const [index, { number, token }] of tokens.entries()) {
    const ending = 'loutres nagent dans la brume'
    links.push({ number, ...(await raceFor(track, '/reset', ending, { token }, rivalsOf(index))) })
  }
  return [...found, ...(await wrongIn(registry, ring, linkRace, links, targets))]
}

/** Posts of a secret at once. Each page has judged its two passwords before, as while they are typed: then nobody
 *  waits for the judge, and all come to the claim together. */
async function raceFor(
  { doors }: Track,
  path: '/activation' | '/reset',
  ending: string,
  secret: object,
  count: number,
): Promise<Pick<Race, 'answers'>> {
  const passwordOf = (index: number) => `${index % 4} ${ending}`
  await Promise.all(
    doors.map(async (door, index) => {
      const verified = await door.post(`${path}/verify`, secret)
      const { context } = JSON.parse(verified.body) as { context: string }
      await door.post('/password-strength', { password: passwordOf(index), context })
      await door.post('/password-strength', { password: passwordOf(index + doors.length), context })
    }),
  )
  const answers = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const password = passwordOf(index)
      const door = doors[index % doors.length]
      if (door === undefined) throw new TypeError('there are two pages')
      return { password, ...(await door.post(path, { ...secret, password })) }
    }),
  )
  return { answers }
}
