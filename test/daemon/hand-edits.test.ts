import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { pass } from '../../daemon/pass.ts'
import { waitingHolds } from '../../registry/holds.ts'
import { activate, activateMany, approveAll, passOver, passwords, standings } from '../run/acts.ts'
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
