import { sql } from 'kysely'
import { beforeAll, describe, expect, test } from 'vitest'
import { activate, keyFor, passOver, passwords, post, settleAll, tokenFor } from './acts.ts'
import { checkInvariants, viewOf, type Attempt, type World } from './invariants.ts'
import { enrolled } from './people.ts'
import { openStage, type Stage } from './stage.ts'
import { createFlows } from '../../web/flow/flows.ts'

/** A stage on which everything has gone well, and the world it shows. */
interface Healthy {
  readonly world: World
  /** Changed the password twice by links. */
  readonly ada: string
  /** Activated, and nothing more. */
  readonly bea: string
  /** Activated, then cancelled. */
  readonly cleo: string
  /** Invited. */
  readonly dora: string
}

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
  return () => stage[Symbol.asyncDispose]()
})

async function healthy(): Promise<Healthy> {
  await stage.afresh()
  const records = Array.from({ length: 4 }, () => enrolled())
  const [ada = '', bea = '', cleo = '', dora = ''] = records.map(({ person }) => person.number)
  const attempts: Attempt[] = []
  const done = { outcome: 'acknowledged' as const }
  await passOver(stage, records)
  for (const number of [ada, bea, cleo]) {
    const password = passwords.first
    attempts.push({ number, by: 'key', secret: await keyFor(stage, number), password, ...done })
    await activate(stage, number, password)
  }
  for (const password of [passwords.second, passwords.third]) {
    const token = await tokenFor(stage, `p${ada}@example.org`)
    await createFlows(stage.house).reset({ token, password, network: '192.0.2.1' })
    attempts.push({ number: ada, by: 'token', secret: token, password, ...done })
    await settleAll(stage)
  }
  const gone = enrolled(cleo, { state: 'A' })
  await passOver(stage, [...records.filter(({ person }) => person.number !== cleo), gone])
  await post(stage)

  const dn = `uid=mdurand,${stage.directory('upmc').profile.base}`
  await stage
    .directory('upmc')
    .add(dn, { objectClass: ['inetOrgPerson'], uid: ['mdurand'], cn: ['M'], sn: ['Durand'] })
  const values = { description: ['carte refaite'] }
  await stage.directory('primary').modify(ada, values)
  const directories = stage.directories.map(viewOf)
  const staff = (await directories.find(({ name }) => name === 'upmc')?.read())?.get(dn.toLowerCase())
  const world: World = {
    registry: stage.rooms.registry.db,
    directories,
    letters: stage.mail.received,
    cuts: [],
    attempts,
    source: { entitled: new Set([ada, bea, dora]), ended: new Set([cleo]) },
    secrets: [await keyFor(stage, dora)],
    texts: [{ where: 'log', text: '{"event":"settled","attributes":["userPassword"]}' }],
    planted: [
      { directory: 'upmc', dn, values: staff ?? {}, whole: true },
      {
        directory: 'primary',
        dn: `uid=${ada},${stage.directory('primary').profile.base}`,
        values,
        whole: false,
      },
    ],
    now: stage.clock.now(),
  }
  return { world, ada, bea, cleo, dora }
}

/** The names of the invariants that do not hold. */
async function broken(world: World): Promise<string[]> {
  return [...new Set((await checkInvariants(world)).map(({ invariant }) => invariant))]
}

test('where nothing went wrong, all nine hold', async () => {
  const all = await healthy()
  expect(await checkInvariants(all.world)).toEqual([])
})

/** Breaks one thing, and gives the world that shows it where it is not the one that stands. */
type Wound = (all: Healthy) => Promise<unknown>

const inRegistry =
  (statement: (all: Healthy) => ReturnType<typeof sql>): Wound =>
  (all) =>
    statement(all).execute(all.world.registry)

const seen = (change: (all: Healthy) => Partial<World>) => (all: Healthy) =>
  Promise.resolve(Object.assign(all.world, change(all)))

const wounds: Readonly<Record<string, Readonly<Record<string, Wound>>>> = {
  I1: {
    'a verifier is left to somebody who cancelled': ({ cleo }) =>
      stage.directory('paris-sorbonne').modify(cleo, { userPassword: ['{SSHA}bm9ib2R5IGtub3dzIHdoYXQ='] }),
  },
  I2: {
    'a directory has another password': async ({ bea }) => {
      const { ssha512 = '' } = await stage.house.verifiers.make(passwords.wrong)
      await stage.directory('upmc').modify(bea, { userPassword: [ssha512] })
    },
    'the password before the last still opens': async ({ ada }) => {
      const made = await Promise.all(
        [passwords.third, passwords.second].map((each) => stage.house.verifiers.make(each)),
      )
      await stage.directory('upmc').modify(ada, { userPassword: made.map(({ ssha512 = '' }) => ssha512) })
    },
  },
  I3: {
    'one link was taken for two passwords': seen(({ world }) => {
      const [link = ''] = world.attempts.filter(({ by }) => by === 'token').map(({ secret }) => secret)
      return {
        attempts: world.attempts.map((each) => (each.by === 'token' ? { ...each, secret: link } : each)),
      }
    }),
    'a password was reset without a link': inRegistry(
      ({ ada }) => sql`update reset_token set used_at = null where number = ${ada}`,
    ),
  },
  I4: {
    'somebody was suspended of whom the source said nothing': seen(({ world }) => ({
      source: { ...world.source, ended: new Set() },
    })),
  },
  I5: {
    'a letter came twice': () =>
      Promise.resolve(stage.mail.received.push(...stage.mail.received.slice(0, 1))),
    'six letters came twice around one cut': ({ world }) => {
      const again = stage.mail.received.slice(0, 6)
      return Promise.resolve([(world.cuts as number[]).push(6), stage.mail.received.splice(6, 0, ...again)])
    },
    'a letter that counts as sent never came': () => Promise.resolve(stage.mail.received.pop()),
  },
  I6: {
    'a password stands in a log': seen(() => ({
      texts: [{ where: 'log', text: `{"typed":"${passwords.second}"}` }],
    })),
    'a verifier stands in a metric': seen(() => ({
      texts: [{ where: 'metrics', text: 'x{v="{SSHA}abc"} 1' }],
    })),
    'a key stands in the registry in clear': inRegistry(
      ({ world }) => sql`insert into mark values ('note', ${world.secrets[0]})`,
    ),
  },
  I7: {
    'an activation is not told': async ({ bea, world: { registry } }) => {
      // The trail lets nobody take anything away: its trigger is put to sleep.
      await sql`set session_replication_role = replica`.execute(registry)
      await sql`delete from audit where number = ${bea} and action = 'activated'`.execute(registry)
      await sql`reset session_replication_role`.execute(registry)
    },
    'a key is told that nobody has': inRegistry(
      ({ dora, world }) => sql`
        insert into audit (at, actor, action, number) values (${world.now}, 'daemon', 'key-issued', ${dora})`,
    ),
    'an act stands before an earlier one': inRegistry(
      ({ bea }) =>
        sql`insert into audit (at, actor, action, number) values ('2020-01-01', 'daemon', 'seen', ${bea})`,
    ),
  },
  I8: {
    'somebody is unsettled': inRegistry(
      ({ bea }) => sql`update settlement set state = 'unsettled' where number = ${bea} and target = 'upmc'`,
    ),
    'a letter has not left': inRegistry(
      ({ dora }) => sql`update letter set state = 'due' where number = ${dora}`,
    ),
    'a promise was broken': inRegistry(
      ({ ada }) => sql`update promise set broken = true where number = ${ada}`,
    ),
  },
  I9: {
    'an attribute of somebody else was changed': ({ ada }) =>
      stage.directory('primary').modify(ada, { description: ['x'] }),
    'an entry of somebody else was written again as it was': ({ world }) =>
      stage.directory('upmc').modify('mdurand', { sn: world.planted[0]?.values['sn'] ?? [] }),
  },
}

describe.each(Object.entries(wounds))('%s alone does not hold when', (invariant, cases) => {
  test.each(Object.entries(cases))('%s', async (_name, wound) => {
    const all = await healthy()
    await wound(all)
    expect(await broken(all.world)).toEqual([invariant])
  })
})

test('letters that were in the air at a cut may come once more', async () => {
  const all = await healthy()
  const { received } = stage.mail
  const cuts = [received.length]
  received.push(...received.slice(-2))
  expect(await broken({ ...all.world, cuts })).toEqual([])
})

test('an attempt without an answer may have won or not, but not here so and there otherwise', async () => {
  const all = await healthy()
  const { world, bea } = all
  const unanswered = { number: bea, by: 'key', secret: 'KEY', outcome: 'unknown' } as const
  const attempts = [...world.attempts, { ...unanswered, password: passwords.wrong }]
  expect(await broken({ ...world, attempts })).toEqual([])
  const { ssha512 = '' } = await stage.house.verifiers.make(passwords.wrong)
  await stage.directory('upmc').modify(bea, { userPassword: [ssha512] })
  expect(await broken({ ...world, attempts })).toEqual(['I2'])
})
