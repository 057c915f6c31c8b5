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
import { issueToken } from '../../registry/tokens.ts'
import { admit } from '../run/admitted.ts'
import { startMatricule, type Running } from '../run/matricule.ts'
import { startPostgres } from '../run/servers/postgres.ts'

/** Posts of one secret at the same time. */
const rivals = 200

/** Two real pages on one PostgreSQL, and nobody who provisions: races for one key and one link are theirs alone. */
export interface Races extends AsyncDisposable {
  /** A student's key, and then a link of theirs, each posted 200 times at once to both pages in turn. What is wrong, in
   *  words; empty when each had one success and one letter. */
  run(): Promise<string[]>
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
  const pages = [opened.use(await startPage(server.url, file)), opened.use(await startPage(server.url, file))]
  await Promise.all(pages.map((page) => page.ready()))
  const stack = opened.move()
  return {
    run: () => race(registry, ring, pages),
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
      MATRICULE_LIMITS_NETWORK_FAILURES: '1000000',
      MATRICULE_LIMITS_KEY_FAILURES: '10000',
      MATRICULE_PASSWORDS_ARGON2_MEMORY_KIB: '8192',
      MATRICULE_PASSWORDS_ARGON2_PASSES: '1',
      MATRICULE_LOG_LEVEL: 'error',
    },
  })
}

async function race(registry: Registry, ring: KeyRing, pages: readonly Running[]): Promise<string[]> {
  const number = await admit(registry)
  const at = registry.clock.now()
  const key = randomText(systemChance, keyAlphabet, keyLength)
  const sealed = await ring.seal('key', key)
  await registry.transaction((tx) =>
    issueKeys(tx, [{ number, version: 2, mac: ring.mac('key', key), sealed }], at),
  )
  const byKey = await postAll(pages, '/activation', (index) => ({
    studentNumber: number,
    key,
    password: `${index} marmottes sifflent au sommet`,
  }))
  const token = randomText(systemChance, tokenAlphabet, tokenLength)
  const digest = createHash('sha256').update(token).digest('hex')
  const expiresAt = later(at, 3_600_000)
  await registry.transaction((tx) => issueToken(tx, { digest, number, requestedAt: at, expiresAt }))
  const byToken = await postAll(pages, '/reset', (index) => ({
    token,
    password: `${index} loutres nagent dans la brume`,
  }))
  return [
    ...wrongIn('key', byKey, 201, [409, 503], await lettersOf(registry, number, 'activation-received')),
    ...wrongIn('link', byToken, 200, [403, 503], await lettersOf(registry, number, 'password-changed')),
  ]
}

/** The statuses of 200 posts at once. */
function postAll(
  pages: readonly Running[],
  path: string,
  bodyOf: (index: number) => object,
): Promise<number[]> {
  return Promise.all(
    Array.from({ length: rivals }, async (_, index) => {
      const port = pages[index % pages.length]?.ports.page ?? 0
      const answer = await fetch(`http://127.0.0.1:${port}/creation-motdepasse/api${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(bodyOf(index)),
      })
      await answer.arrayBuffer()
      return answer.status
    }),
  )
}

async function lettersOf(
  registry: Registry,
  number: string,
  kind: 'activation-received' | 'password-changed',
): Promise<number> {
  const rows = await registry.db
    .selectFrom('letter')
    .select('id')
    .where('number', '=', number)
    .where('kind', '=', kind)
    .execute()
  return rows.length
}

function wrongIn(
  what: string,
  statuses: readonly number[],
  success: number,
  others: readonly number[],
  letters: number,
): string[] {
  const won = statuses.filter((status) => status === success).length
  const strange = statuses.filter((status) => status !== success && !others.includes(status))
  return [
    ...(won === 1 ? [] : [`${what}: ${won} successes`]),
    ...(letters === 1 ? [] : [`${what}: ${letters} letters`]),
    ...(strange.length === 0 ? [] : [`${what}: answered ${[...new Set(strange)].join(', ')}`]),
  ]
}
