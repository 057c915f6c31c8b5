import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { limiterFindings, openLimiter } from '../../bin/limiter.ts'
import { seededChance, systemChance } from '../../platform/chance.ts'
import { systemClock } from '../../platform/clock.ts'
import { createMetrics } from '../../platform/metrics.ts'
import { openKeyRing } from '../../platform/seal.ts'
import { loadSettings } from '../../platform/settings.ts'
import { createApp } from '../../web/app.ts'
import { eventually } from '../run/eventually.ts'
import { freePorts } from '../run/ports.ts'
import { makeCertificates } from '../run/servers/certificates.ts'
import { startRedis, type TestRedis } from '../run/servers/redis.ts'
import { api, config, keptLog, script } from './app-fixture.ts'

/** Several pages count the requests of a network together, in a Redis that any of them can do without. */
let redis: TestRedis
let home: string
const opened = new AsyncDisposableStack()
beforeAll(async () => {
  redis = opened.use(await startRedis())
  // All pages of a house have the same ring.
  home = opened.use(await mkdtempDisposable(join(tmpdir(), 'matricule-limiter-'))).path
})
afterAll(() => opened.disposeAsync())

const settingsOf = (env: Readonly<Record<string, string>>) =>
  loadSettings({ env: { MATRICULE_HOME: home, ...env } })

/** A page as it is composed, over that Redis. */
async function openPage(env: Readonly<Record<string, string>>) {
  const settings = settingsOf(env)
  const file = settings.config.keys.master_file
  const ring = await openKeyRing({ file, clock: systemClock, chance: systemChance })
  const [log, metrics] = [keptLog(), createMetrics('1')]
  const shared = openLimiter({ clock: systemClock, log, metrics, ring }, settings)
  if (shared === null) throw new Error('no limiter')
  const app = await createApp({
    flows: script().flows,
    config: config({ requestsPerMinute: 5, judgementsPerMinute: 3 }),
    log,
    clock: systemClock,
    chance: seededChance('limiter'),
    shared,
  })
  const from = (remoteAddress: string) => async (path: string, payload: object) =>
    (await app.inject({ method: 'POST', url: api + path, payload, remoteAddress })).statusCode
  return {
    verify: (network: string) =>
      from(network)('/activation/verify', { studentNumber: '21100001', key: 'ABCD' }),
    judge: (network: string) => from(network)('/password-strength', { password: 'a' }),
    count: async (by: string) => {
      const { values } = await metrics.requestsCounted.get()
      return values.find(({ labels }) => labels.by === by)?.value ?? 0
    },
    events: () => log.lines.map(({ event }) => event).filter((event) => event.startsWith('limiter')),
    log,
    [Symbol.asyncDispose]: async () => {
      await app.close()
      shared.close()
    },
  }
}

/** A page that waits for its Redis as long as it takes. */
const patient = () => ({ MATRICULE_WEB_LIMITER_URL: redis.url, MATRICULE_WEB_LIMITER_TIMEOUT_MS: '10000' })

async function connected(page: Awaited<ReturnType<typeof openPage>>): Promise<void> {
  await eventually(
    'the limiter',
    async () => (await page.verify('203.0.113.1'), (await page.count('redis')) > 0),
  )
}

test('two pages refuse the sixth request of a network whichever it comes to, and no other network', async () => {
  await using one = await openPage(patient())
  await using other = await openPage(patient())
  await connected(one)
  await connected(other)
  const statuses = []
  for (const page of [one, other, one, other, one]) statuses.push(await page.verify('192.0.2.1'))
  expect(statuses).toEqual([200, 200, 200, 200, 200])
  expect([await one.verify('192.0.2.1'), await other.verify('192.0.2.1')]).toEqual([429, 429])
  expect(await other.verify('192.0.2.2')).toBe(200)
  // What is typed is counted apart, and together too.
  const judged = []
  for (const page of [one, other, one, other]) judged.push(await page.judge('192.0.2.1'))
  expect(judged).toEqual([200, 200, 200, 429])
  const held = await redis.held()
  expect(held.size).toBeGreaterThan(2)
  for (const key of held.keys()) {
    expect(key).toMatch(/^matricule:/)
    expect(key).not.toMatch(/192\.0\.2|page|strength/)
  }
  expect([...one.events(), ...other.events()]).toEqual([])
})

test.each([
  ['stands still', () => redis.freeze(), () => redis.thaw()],
  ['is gone', () => redis.kill(), () => redis.start()],
])(
  'while it %s each page counts for itself, says so once, and lets everybody in',
  async (_how, end, begin) => {
    await using page = await openPage({ ...patient(), MATRICULE_WEB_LIMITER_TIMEOUT_MS: '1000' })
    await connected(page)
    const before = page.events().length
    await end()
    // One waits for it, the others do not wait again.
    const statuses = []
    for (let each = 0; each < 6; each++) statuses.push(await page.verify('198.51.100.1'))
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429])
    expect(await page.count('process')).toBeGreaterThanOrEqual(6)
    await begin()
    await eventually('the limiter again', async () => {
      const counted = await page.count('redis')
      await page.verify('203.0.113.2')
      return (await page.count('redis')) > counted
    })
    expect(page.events().slice(before)).toEqual(['limiter-away', 'limiter-back'])
    expect(JSON.stringify(page.log.lines)).not.toContain(new URL(redis.url).password)
  },
)

test('a page whose Redis was never there opens, and says why it counts for itself', async () => {
  const [port = 0] = await freePorts(1)
  await using page = await openPage({ MATRICULE_WEB_LIMITER_URL: `redis://127.0.0.1:${port}` })
  await eventually('a word of it', async () => (await page.verify('192.0.2.9'), page.events().length > 0))
  expect(page.events()).toEqual(['limiter-away'])
  expect(JSON.stringify(page.log.lines.find(({ event }) => event === 'limiter-away')?.facts)).toContain(
    'error',
  )
})

describe('by TLS, with a password from a file', () => {
  test('it counts; and doctor tells what keeps it from that', async () => {
    const certificates = await makeCertificates()
    await using guarded = await startRedis({ tls: certificates })
    const [secret, ca] = [join(home, 'limiter-url'), join(home, 'limiter-ca.pem')]
    await writeFile(secret, `${guarded.url}\n`, { mode: 0o600 })
    await writeFile(ca, certificates.ca)
    const env = {
      MATRICULE_WEB_LIMITER_URL_FILE: secret,
      MATRICULE_WEB_LIMITER_CA_FILE: ca,
      MATRICULE_WEB_LIMITER_PREFIX: 'essai:',
      MATRICULE_WEB_LIMITER_TIMEOUT_MS: '10000',
    }
    await using page = await openPage(env)
    await connected(page)
    expect([...(await guarded.held()).keys()]).toEqual([expect.stringMatching(/^essai:/)])

    const found = (more: Readonly<Record<string, string>>) =>
      limiterFindings({ clock: systemClock }, settingsOf({ ...env, ...more }))
    expect(await found({})).toEqual([
      { what: 'connection', level: 'fine', detail: expect.stringMatching(/^counts, in \d+ ms$/) as string },
      { what: 'encryption', level: 'fine', detail: 'TLS' },
    ])
    const { password } = new URL(guarded.url)
    const wrong = join(home, 'wrong-url')
    await writeFile(wrong, guarded.url.replace(password, 'guessed'))
    const [refused] = await found({ MATRICULE_WEB_LIMITER_URL_FILE: wrong })
    expect(refused).toMatchObject({
      level: 'fault',
      detail: expect.stringMatching(/WRONGPASS|NOAUTH/) as string,
    })
    await writeFile(ca, (await makeCertificates()).ca)
    const [untrusted] = await found({})
    expect(untrusted).toMatchObject({
      level: 'fault',
      detail: expect.stringContaining('certificate') as string,
    })
    expect(await limiterFindings({ clock: systemClock }, settingsOf({}))).toEqual([])
  })
})
