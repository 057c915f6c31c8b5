import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import pg from 'pg'
import { generateUniversity } from '../../demo/generate.ts'
import { effectiveAddress } from '../../domain/address.ts'
import { parisDay } from '../../domain/paris.ts'
import { systemClock } from '../../platform/clock.ts'
import { eventually } from '../run/eventually.ts'
import { viewOf } from '../run/invariants.ts'
import { startPostgres, type Postgres } from '../run/servers/postgres.ts'
import { openUniversity, type University } from './stages.ts'
import { ada, call, everywhere, keyOf, letterTo, subjects, tokenOf } from './story.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

/** Parts of the university fall, and come back: nothing acknowledged is lost, and no hand is needed. */
let postgres: Postgres
let university: University
const students = [ada.number, ...['08', '09', '10', '11', '14', '15'].map((last) => `211000${last}`)]
const keys = new Map<string, string>()
beforeAll(async () => {
  postgres = await startPostgres()
  await query('postgres', 'create database registry')
  university = await openUniversity({
    registry: postgres.url('registry'),
    env: {
      MATRICULE_REGISTRY_CONNECT_TIMEOUT_SECONDS: '2',
      MATRICULE_REGISTRY_STATEMENT_TIMEOUT_SECONDS: '2',
      MATRICULE_DAEMON_OPERATION_TIMEOUT_SECONDS: '2',
      MATRICULE_DAEMON_LEASE_SECONDS: '5',
      // All from one network, all at once: who is right is what is looked at here.
      MATRICULE_LIMITS_KEY_FAILURES: '1000',
    },
  })
  // All letters leave before anything falls: one that was on its way then comes when its claim has run out.
  for (const number of students) keys.set(number, await keyOfStudent(number))
})
afterAll(async () => {
  await university[Symbol.asyncDispose]()
  await postgres[Symbol.asyncDispose]()
})

const password = 'la machine analytique tisse'
const another = 'comme le métier Jacquard des fleurs'

/** The key of a student of the demonstration, from their letter. */
const keyOfStudent = async (number: string) =>
  keyOf(await letterTo(university.stage, addressOf(number), subjects.invitation))

const activate = (studentNumber: string) =>
  call(university.stage, '/activation', { studentNumber, key: keys.get(studentNumber) ?? '', password })

test('registry stopped: the page says so and does nothing; started again, the same key works', async () => {
  const { stage } = university
  await postgres.stop()
  const refused = await activate(ada.number)
  expect(refused).toMatchObject({ status: 503, body: { code: 'UNAVAILABLE' } })
  expect(refused.body['retry_after']).toEqual(expect.any(Number))
  for (const { ports } of university.pages) {
    expect((await fetch(`http://127.0.0.1:${ports.ops}/healthz`)).status).toBe(200)
    expect((await fetch(`http://127.0.0.1:${ports.ops}/readyz`)).status).toBe(503)
  }
  await postgres.start()
  await eventually('the key to work', async () => (await activate(ada.number)).status === 201)
  await everywhere(stage, ada.number, password, true)
})

test('registry killed while students activate: whoever was told yes is in, and the others may try again', async () => {
  const { stage } = university
  const some = ['21100008', '21100009', '21100010']
  const answers = some.map(async (number) => ({ number, first: await activate(number) }))
  await postgres.kill()
  const told = await Promise.all(answers)
  await postgres.start()
  for (const { number, first } of told) {
    expect([201, 503]).toContain(first.status)
    // What was lost on the way may have been done: then the key says so.
    if (first.status !== 201)
      await eventually('an answer', async () => [201, 409].includes((await activate(number)).status))
    await everywhere(stage, number, password, true)
  }
})

test('registry frozen: the page gives up after its time, and goes on when it thaws', async () => {
  await postgres.freeze()
  const answer = await call(university.stage, '/activation/verify', {
    studentNumber: ada.number,
    key: 'ABCDEFGHJKMN',
  })
  expect(answer).toMatchObject({ status: 503, body: { code: 'UNAVAILABLE' } })
  await postgres.thaw()
  await eventually('an honest answer', async () => {
    const { status } = await call(university.stage, '/activation/verify', {
      studentNumber: ada.number,
      key: 'ABCDEFGHJKMN',
    })
    return status === 403
  })
})

test('the daemon that leads is killed: the other takes over, and the first comes back to follow', async () => {
  const { stage, daemons } = university
  const leads = async (ops: number) =>
    (await (await fetch(`http://127.0.0.1:${ops}/metrics`)).text()).includes(
      'matricule_leader{target="primary"} 1',
    )
  // The registry was away a moment ago: leases may have run out.
  const leading = await eventually('one leader', async () => {
    const found: boolean[] = []
    for (const { ports } of daemons) found.push(await leads(ports.ops))
    return found.includes(true) && found
  })
  expect(leading.filter((each) => each)).toHaveLength(1)
  const [leader, follower] = leading[0] === true ? daemons : [...daemons].reverse()
  if (leader === undefined || follower === undefined) throw new Error('there are two')
  await leader.stop('SIGKILL')

  expect((await call(stage, '/reset-requests', { email: ada.address })).status).toBe(202)
  const token = tokenOf(await letterTo(stage, ada.address, subjects.reset), stage)
  expect((await call(stage, '/reset', { token, password: another })).status).toBe(200)
  await everywhere(stage, ada.number, another, true)
  await everywhere(stage, ada.number, password, false)
  expect(await leads(follower.ports.ops)).toBe(true)
  const back = await university.again(leader)
  await back.ready()
  expect(await leads(follower.ports.ops)).toBe(true)
  expect(await leads(back.ports.ops)).toBe(false)
})

test('the daemon that leads is frozen, and thawed when another leads: it writes nothing any more', async () => {
  const { stage, site } = university
  const metricsOf = async (ops: number) =>
    (await fetch(`http://127.0.0.1:${ops}/metrics`, { signal: AbortSignal.timeout(3_000) })).text()
  const leads = async (ops: number) => {
    const text = await metricsOf(ops)
    return [...site.directories.keys()].every((name) => text.includes(`matricule_leader{target="${name}"} 1`))
  }
  const leader = await eventually('a leader of all', async () => {
    for (const each of university.everyDaemon()) if (await leads(each.ports.ops)) return each
    return null
  })
  const url = `${stage.inbox}/api/v1/search?query=to:${ada.address}`
  const linksSent = async () => {
    const { messages } = (await (await fetch(url)).json()) as { messages: { Subject: string }[] }
    return messages.filter(({ Subject }) => Subject === subjects.reset).length
  }
  const newLink = async () => {
    const sent = await linksSent()
    expect((await call(stage, '/reset-requests', { email: ada.address })).status).toBe(202)
    return tokenOf(await letterTo(stage, ada.address, subjects.reset, sent), stage)
  }
  // It has a password in hand, and is held up in the middle of it.
  const first = await newLink()
  for (const { slapd } of site.directories.values()) await slapd?.freeze()
  expect(
    (await call(stage, '/reset', { token: first, password: 'gravure sur bois de tilleul' })).status,
  ).toBe(200)
  await new Promise((resolve) => setTimeout(resolve, 500))
  leader.child.kill('SIGSTOP')
  for (const { slapd } of site.directories.values()) await slapd?.thaw()
  try {
    const other = await eventually(
      'another leader',
      async () => {
        for (const each of university.everyDaemon())
          if (each !== leader && (await leads(each.ports.ops).catch(() => false))) return each
        return null
      },
      60_000,
    )
    const second = await newLink()
    const newest = 'les ponts de la Seine au matin'
    expect((await call(stage, '/reset', { token: second, password: newest })).status).toBe(200)
    await everywhere(stage, ada.number, newest, true)
    const views = [...site.directories.values()].map((directory) => viewOf(directory))
    const stamps = () =>
      Promise.all(
        views.map(async (view) =>
          [...(await view.read())].map(([dn, values]) => `${dn} ${String(values['entrycsn'])}`).sort(),
        ),
      )
    const before = await stamps()
    leader.child.kill('SIGCONT')
    await eventually('it to follow', async () => !(await leads(leader.ports.ops)))
    // Time enough for a pass of its own, had it gone on.
    const looked = systemClock.monotonic()
    await eventually('a pass', () => Promise.resolve(systemClock.monotonic() - looked > 6_000))
    expect(await stamps()).toEqual(before)
    await everywhere(stage, ada.number, newest, true)
    expect(await leads(other.ports.ops)).toBe(true)
  } finally {
    leader.child.kill('SIGCONT')
  }
})

test.each(['stopped', 'frozen'] as const)(
  'a directory is %s: the others have the password at once, and it has it when it is back',
  async (how) => {
    const { stage, site } = university
    const upmc = site.directories.get('upmc')?.slapd
    const others = { ...stage, directories: stage.directories.filter(({ name }) => name !== 'upmc') }
    const number = how === 'stopped' ? '21100011' : '21100014'
    await (how === 'stopped' ? upmc?.stop() : upmc?.freeze())
    try {
      const { status, body } = await activate(number)
      expect(status).toBe(201)
      await everywhere(others, number, password, true)
      const progress = `${stage.page}/creation-motdepasse/api/progress/${String(body['progress'])}`
      // The password opens a moment before that is written down.
      const states = await eventually('two of three', async () => {
        const { steps } = (await (await fetch(progress)).json()) as { steps: { state: string }[] }
        return steps.filter(({ state }) => state === 'done').length === 2 && steps.map(({ state }) => state)
      })
      expect(states).toEqual(['done', 'done', 'pending'])
    } finally {
      await (how === 'stopped' ? upmc?.start() : upmc?.thaw())
    }
    await everywhere(stage, number, password, true)
  },
)

test('two hundred posts of one key, shared out between two pages: one success, one letter', async () => {
  const { stage } = university
  const answers = await Promise.all(Array.from({ length: 200 }, () => activate('21100015')))
  const statuses = answers.map(({ status }) => status)
  expect(statuses.filter((status) => status === 201)).toHaveLength(1)
  expect(new Set(statuses)).toEqual(new Set([201, 409]))
  await everywhere(stage, '21100015', password, true)
  await letterTo(stage, addressOf('21100015'), subjects.ready)
  const { rows } = await query<{ count: string }>(
    'registry',
    "select count(*) from letter where number = '21100015' and kind = 'activation-received'",
  )
  expect(rows).toEqual([{ count: '1' }])
})

test('two hundred posts of one link, shared out between two pages: one success, one letter', async () => {
  const { stage } = university
  const address = addressOf('21100015')
  await call(stage, '/reset-requests', { email: address })
  const token = tokenOf(await letterTo(stage, address, subjects.reset), stage)
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, index) =>
      call(stage, '/reset', { token, password: `${index} marmottes sifflent au sommet` }),
    ),
  )
  const statuses = answers.map(({ status }) => status)
  expect(statuses.filter((status) => status === 200)).toHaveLength(1)
  expect(new Set(statuses)).toEqual(new Set([200, 403]))
  const won = `${statuses.indexOf(200)} marmottes sifflent au sommet`
  await everywhere(stage, '21100015', won, true)
  const { rows } = await query<{ count: string }>(
    'registry',
    "select count(*) from letter where number = '21100015' and kind = 'password-changed'",
  )
  expect(rows).toEqual([{ count: '1' }])
})

function addressOf(number: string): string {
  const today = parisDay(new Date())
  const records = generateUniversity({ students: 20, seed: 'demonstration', today })
  const found = records.find(({ person }) => person.number === number)
  return (found && effectiveAddress(found.person)) ?? ''
}

async function query<Row extends pg.QueryResultRow>(
  database: string,
  statement: string,
): Promise<pg.QueryResult<Row>> {
  const client = new pg.Client({ connectionString: postgres.url(database) })
  await client.connect()
  return client.query<Row>(statement).finally(() => client.end())
}
