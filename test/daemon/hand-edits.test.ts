import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { compare } from '../../daemon/compare.ts'
import { pass } from '../../daemon/pass.ts'
import { waitingHolds } from '../../registry/holds.ts'
import { activate, activateMany, approveAll, passOver, passwords, settleAll, standings } from '../run/acts.ts'
import type { TestDirectory } from '../run/directories.ts'
import { keepsTheirs } from '../run/keeps-theirs.ts'
import { minute } from '../run/moved-clock.ts'
import { crowd, enrolled } from '../run/people.ts'
import { accessRules } from '../run/servers/slapd.ts'
import { openStage, type Stage } from '../run/stage.ts'

vi.setConfig({ testTimeout: 90_000 })

/** What others do to directories of a hundred, on real OpenLDAPs under the brakes as they are set by default. */
let stage: Stage
beforeAll(async () => {
  stage = await openStage({ directories: 'openldap', slapd: { tls: 'none' } })
})
afterAll(() => stage[Symbol.asyncDispose]())
beforeEach(() => stage.afresh())
keepsTheirs(() => stage)

const everywhere = [true, true, true]

async function aHundred(): Promise<string[]> {
  const people = crowd(100)
  await passOver(stage, people)
  const numbers = people.map(({ person }) => person.number)
  await activateMany(stage, numbers)
  stage.clock.move(minute)
  await pass(stage.rooms)
  for (const number of numbers.slice(0, 3))
    expect(await standings(stage, number)).toEqual(['settled', 'settled', 'settled'])
  return numbers
}

const passAgain = async () => {
  stage.clock.move(minute)
  await pass(stage.rooms)
}
const namesIn = (target: string, numbers: readonly string[]) =>
  Promise.all(numbers.map(async (number) => (await stage.directory(target).entry(number))?.['sn']))
const spoil = async (target: string, numbers: readonly string[]) => {
  for (const number of numbers)
    await stage.directory(target).modify(number, { sn: ['Spoilt'], description: ['theirs'] })
}
const stampsIn = (target: string, numbers: readonly string[]) =>
  Promise.all(numbers.map(async (number) => (await stage.directory(target).entry(number))?.['entryCSN']))

describe.each(['primary', 'upmc'])('hand edits in %s', (target) => {
  test('of one entry in a hundred are repaired by the next pass; of sixty they are held, until a person agrees', async () => {
    const numbers = await aHundred()
    const [one = ''] = numbers
    await spoil(target, [one])
    await passAgain()
    expect(await namesIn(target, [one])).toEqual(['Lovelace'])
    expect(await waitingHolds(stage.rooms.registry.db)).toEqual([])

    const sixty = numbers.slice(0, 60)
    await spoil(target, sixty)
    for (let passes = 0; passes < 2; passes++) await passAgain()
    expect(new Set(await namesIn(target, sixty))).toEqual(new Set(['Spoilt']))
    expect(await waitingHolds(stage.rooms.registry.db)).toMatchObject([
      { kind: 'drift', target, members: 60 },
    ])
    // Whoever comes meanwhile has an account all the same.
    const newcomer = enrolled()
    await stage.drop([newcomer, ...numbers.map((number) => enrolled(number))])
    await passAgain()
    await activate(stage, newcomer.person.number)
    expect(await stage.bind(newcomer.person.number, passwords.first)).toEqual(everywhere)
    expect(new Set(await namesIn(target, sixty))).toEqual(new Set(['Spoilt']))

    await approveAll(stage)
    await passAgain()
    expect(new Set(await namesIn(target, sixty))).toEqual(new Set(['Lovelace']))
  })
})

// The primary is followed by content synchronisation, UPMC by entryCSN.
test.each(['primary', 'upmc'])(
  '%s that answers with success and shows nobody is held, and nobody in it is written',
  async (target) => {
    const numbers = await aHundred()
    const { slapd } = stage.directory(target)
    const before = await stampsIn(target, numbers)
    const blind = (await accessRules()).replace(
      /(by dn.exact="cn=matricule[^"]*") (write|read)/g,
      '$1 search',
    )
    await slapd?.under({ access: blind })
    try {
      for (let passes = 0; passes < 2; passes++) await passAgain()
      expect(await waitingHolds(stage.rooms.registry.db)).toMatchObject([
        { kind: 'drift', target, members: 100 },
      ])
    } finally {
      await slapd?.under({ access: await accessRules() })
    }
    expect(await stampsIn(target, numbers)).toEqual(before)
    // Seen again, they are what they were: nothing waits any more.
    await passAgain()
    expect(await waitingHolds(stage.rooms.registry.db)).toEqual([])
    expect(await stampsIn(target, numbers)).toEqual(before)
  },
)

interface Told {
  readonly differs: string[]
  readonly drifted: string[]
  readonly misses: string[]
  readonly conflicts: string[]
  readonly stands: string[]
}

const nothing: Told = { differs: [], drifted: [], misses: [], conflicts: [], stands: [] }

async function compared({ target }: TestDirectory): Promise<Told> {
  const told: Told = { differs: [], drifted: [], misses: [], conflicts: [], stands: [] }
  // What is done by hand is seen to come after what we wrote.
  stage.clock.move(minute)
  const visitor = {
    differs: (number: string, _changes: unknown, drifted: boolean) =>
      void (drifted ? told.drifted : told.differs).push(number),
    misses: (number: string, drifted: boolean) => {
      told.misses.push(number)
      if (drifted) told.drifted.push(number)
    },
    conflict: (number: string) => void told.conflicts.push(number),
    stands: ({ account }: { account: { number: string } }) => {
      told.stands.push(account.number)
      return Promise.resolve()
    },
    taken: () => Promise.resolve(),
  }
  await compare(stage.rooms, target, visitor, { thorough: false })
  for (const numbers of Object.values(told)) (numbers as string[]).sort()
  return told
}

async function someSettled(): Promise<string[]> {
  const people = crowd(7)
  await passOver(stage, people)
  const numbers = people.map(({ person }) => person.number)
  await activateMany(stage, numbers)
  await settleAll(stage)
  return numbers
}

const listOf = (values: unknown) => (Array.isArray(values) ? values : [values]) as string[]

/** What a restore from an old copy leaves: the same name, the same values, and another entry. */
async function replaceByHand(directory: TestDirectory, number: string): Promise<void> {
  const { dn = '', ...attributes } = (await directory.entry(number)) ?? {}
  const kept = Object.entries(attributes).filter(([name]) => directory.profile.managed.includes(name))
  await directory.remove(dn)
  await directory.add(dn, Object.fromEntries(kept.map(([name, values]) => [name, listOf(values)])))
}

/** A whole reading passes by whoever says what was written, and tells of everybody else. The primary is read by content
 *  synchronisation, UPMC page by page. */
test.each(['primary', 'upmc'])(
  'everything that others did in %s is told by the next whole reading',
  async (name) => {
    const directory = stage.directory(name)
    const { base } = directory.profile
    const [edited = '', removed = '', replaced = '', renamed = '', reordered = ''] = await someSettled()
    expect(await compared(directory)).toEqual(nothing)
    expect(await compared(directory)).toEqual(nothing)

    await directory.modify(edited, { displayName: ['Somebody Else'] })
    await directory.remove(`uid=${removed},${base}`)
    await replaceByHand(directory, replaced)
    await directory.rename(`uid=${renamed},${base}`, `uid=${renamed}+sn=Lovelace,${base}`)
    const classes = listOf((await directory.entry(reordered))?.['objectClass'])
    await directory.modify(reordered, { objectClass: classes.toReversed() })
    expect(listOf((await directory.entry(reordered))?.['objectClass'])).toEqual(classes.toReversed())
    const told = {
      ...nothing,
      drifted: [edited, removed, renamed].sort(),
      misses: [removed],
      conflicts: [replaced],
    }
    expect(await compared(directory)).toEqual(told)
    expect(await compared(directory), 'and again').toEqual(told)
  },
)

test('what another process has noted of a student is heard of by the next whole reading', async () => {
  const directory = stage.directory('upmc')
  const [moved = '', noted = '', other = '', waiting = ''] = await someSettled()
  expect(await compared(directory)).toEqual(nothing)
  const { db } = stage.rooms.registry
  const set = (number: string, what: ReturnType<typeof sql>) =>
    sql`update settlement set ${what} where target = 'upmc' and number = ${number}`.execute(db)
  await sql`update account set version = version + 1 where number = ${moved}`.execute(db)
  await sql`update person set birth_name = 'BYRON' where number = ${moved}`.execute(db)
  await set(noted, sql`written_digest = '3.AAAAAAAAAAAAAAAAAAAAAA'`)
  await set(other, sql`entry_uuid = '00000000-0000-4000-8000-000000000000'`)
  await set(waiting, sql`state = 'unsettled'`)
  expect(await compared(directory)).toEqual({
    ...nothing,
    differs: [moved],
    conflicts: [other],
    stands: [noted, waiting].sort(),
  })
})
