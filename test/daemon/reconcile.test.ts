import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { pass } from '../../daemon/pass.ts'
import { reconcile } from '../../daemon/reconcile.ts'
import type { Rooms } from '../../daemon/rooms.ts'
import { approve, waitingHolds } from '../../registry/holds.ts'
import { unsettle } from '../../registry/settlements.ts'
import { createFlows } from '../../web/flow/flows.ts'
import {
  activate,
  approveAll,
  passOver,
  passwords,
  settleAll,
  settled,
  standings,
  tokenFor,
} from '../run/acts.ts'
import { hour } from '../run/moved-clock.ts'
import { crowd, enrolled, freshNumber } from '../run/people.ts'
import { openStage, type Stage } from '../run/stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage[Symbol.asyncDispose]())
beforeEach(() => stage.afresh())

test('what others wrote is left alone, and what is ours is put back', async () => {
  const number = freshNumber()
  await settled(stage, [enrolled(number)])
  for (const directory of stage.directories)
    await directory.modify(number, { description: ['theirs'], sn: ['Spoilt'], givenName: [] })
  await pass(stage.rooms)
  for (const directory of stage.directories) {
    const entry = await directory.entry(number)
    expect(entry).toMatchObject({ description: 'theirs', sn: 'Lovelace' })
    expect(entry?.['givenName']).toMatch(/^Ada /)
  }
})

test('a password written by hand does not stand', async () => {
  const number = freshNumber()
  await settled(stage, [enrolled(number)])
  await stage.directory('upmc').modify(number, { userPassword: ['{SSHA}AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'] })
  expect(await stage.bind(number, passwords.first)).toEqual([true, true, false])
  await pass(stage.rooms)
  expect(await stage.bind(number, passwords.first)).toEqual([true, true, true])
})

test('a pass over what is right already writes nothing', async () => {
  const numbers = [freshNumber(), freshNumber()]
  await settled(
    stage,
    numbers.map((number) => enrolled(number)),
  )
  const stamps = async () =>
    Promise.all(
      stage.directories.flatMap((directory) =>
        numbers.map(async (number) => (await directory.entry(number))?.['entryCSN']),
      ),
    )
  const before = await stamps()
  await pass(stage.rooms)
  await pass(stage.rooms)
  expect(await stamps()).toEqual(before)
})

test('a target that is only observed is never written', async () => {
  const number = freshNumber()
  await settled(stage, [enrolled(number)])
  const upmc = stage.directory('upmc')
  await upmc.modify(number, { sn: ['Spoilt'] })
  await reconcile(stage.rooms, { ...upmc.target, mode: 'observe' })
  expect((await upmc.entry(number))?.['sn']).toBe('Spoilt')
})

test('an address that an entry of others bears is given to nobody', async () => {
  const number = freshNumber()
  const upmc = stage.directory('upmc')
  const [, first = ''] = enrolled(number).person.firstName?.toLowerCase().split(' ') ?? []
  const taken = `ada_${first}.lovelace@etu.sorbonne-universite.fr`
  await upmc.add(`uid=staff,${upmc.profile.base}`, {
    objectClass: ['inetOrgPerson'],
    uid: ['staff'],
    cn: ['Ada Lovelace'],
    sn: ['Lovelace'],
    mail: [taken.toUpperCase()],
  })
  await passOver(stage, [enrolled(number)])
  expect((await activate(stage, number)).mail).toBe(taken.replace('@', '.1@'))
})

describe('more than the share of entries changed by others at once', () => {
  const brakes = { maxRemovals: 2, maxShare: 0.01 }
  const spoil = async (numbers: readonly string[]) => {
    for (const number of numbers) await stage.directory('upmc').modify(number, { sn: ['Spoilt'] })
  }
  const names = async (numbers: readonly string[]) =>
    Promise.all(numbers.map(async (number) => (await stage.directory('upmc').entry(number))?.['sn']))

  async function fivePeople(): Promise<{ rooms: Rooms; numbers: string[] }> {
    const people = crowd(5)
    await settled(stage, people)
    return { rooms: stage.under({ brakes }), numbers: people.map(({ person }) => person.number) }
  }

  test('is held there until a person agrees, and then repaired', async () => {
    const { rooms, numbers } = await fivePeople()
    await spoil(numbers.slice(0, 4))
    await pass(rooms)
    expect(new Set(await names(numbers.slice(0, 4)))).toEqual(new Set(['Spoilt']))
    const holds = await waitingHolds(rooms.registry.db)
    expect(holds).toMatchObject([{ kind: 'drift', target: 'upmc', members: 4 }])
    await approveAll(stage)
    await pass(rooms)
    expect(new Set(await names(numbers))).toEqual(new Set(['Lovelace']))
    expect(await waitingHolds(rooms.registry.db)).toEqual([])
  })

  test('can be agreed to as it was read, though another has joined since, who waits', async () => {
    const { rooms: all, numbers } = await fivePeople()
    const rooms = { ...all, rules: { ...all.rules, brakes: { ...brakes, maxRemovals: 0 } } }
    const [first, joined] = [numbers.slice(0, 3), numbers.slice(3)]
    await spoil(first)
    await pass(rooms)
    const [read] = await waitingHolds(rooms.registry.db)
    await spoil(joined)
    await pass(rooms)
    const say = () =>
      rooms.registry.transaction((tx) => approve(tx, read?.digest ?? '', 'operator', rooms.clock.now()))
    expect(await say()).toMatchObject({ kind: 'drift', target: 'upmc' })
    await pass(rooms)
    expect(new Set(await names(first))).toEqual(new Set(['Lovelace']))
    expect(new Set(await names(joined))).toEqual(new Set(['Spoilt']))
    expect(await waitingHolds(rooms.registry.db)).toMatchObject([{ members: 2 }])
    // What was spent authorises nothing more.
    expect(await say()).toBeNull()
    await approveAll(stage)
    await pass(rooms)
    expect(new Set(await names(joined))).toEqual(new Set(['Lovelace']))
  })

  test('needs another approval when it happens again', async () => {
    const { rooms, numbers } = await fivePeople()
    for (let times = 0; times < 2; times++) {
      await spoil(numbers.slice(0, 4))
      await pass(rooms)
      await pass(rooms)
      expect(new Set(await names(numbers.slice(0, 4)))).toEqual(new Set(['Spoilt']))
      expect(await approveAll(stage)).toBe(1)
      await pass(rooms)
      expect(new Set(await names(numbers))).toEqual(new Set(['Lovelace']))
    }
  })

  test('stops neither a password, nor an activation, nor a suspension', async () => {
    const { rooms, numbers } = await fivePeople()
    const [chooses = '', leaves = '', ...others] = numbers
    await spoil(numbers.slice(0, 4))
    await pass(rooms)
    const token = await tokenFor(stage, `p${chooses}@example.org`)
    await createFlows(stage.house).reset({ token, password: passwords.second, network: '192.0.2.1' })
    await settleAll(stage)
    expect(await stage.bind(chooses, passwords.second)).toEqual([true, true, true])
    const newcomer = freshNumber()
    await stage.drop([
      enrolled(newcomer),
      enrolled(leaves, { state: 'A' }),
      ...[chooses, ...others].map((number) => enrolled(number)),
    ])
    await pass(rooms)
    expect(await stage.bind(leaves, passwords.first)).toEqual([false, false, false])
    await activate(stage, newcomer)
    expect(await stage.bind(newcomer, passwords.first)).toEqual([true, true, true])
  })
})

test('one dead directory does not keep a pass from the others, and a closed connection is opened anew', async () => {
  const number = freshNumber()
  await settled(stage, [enrolled(number)])
  await pass(stage.rooms)
  const [primary, sorbonne, upmc] = stage.directories
  for (const directory of stage.directories) await directory.modify(number, { sn: ['Spoilt'] })
  primary?.wire.jolt()
  upmc?.wire.cut()
  // Both ends know that the connection is gone before the pass begins.
  await expect.poll(() => sorbonne?.entry(number)).not.toBeNull()
  await pass(stage.rooms)
  expect((await primary?.entry(number))?.['sn']).toBe('Lovelace')
  expect((await sorbonne?.entry(number))?.['sn']).toBe('Lovelace')
  expect((await upmc?.entry(number))?.['sn']).toBe('Spoilt')
  upmc?.wire.mend()
  await pass(stage.rooms)
  expect((await upmc?.entry(number))?.['sn']).toBe('Lovelace')
})

test('whoever was put off by a clock that was ahead is due again once it is right', async () => {
  const number = freshNumber()
  await settled(stage, [enrolled(number)])
  stage.clock.move(24 * hour)
  await stage.rooms.registry.transaction((tx) => unsettle(tx, [number], stage.clock.now()))
  stage.clock.move(-24 * hour)
  await pass(stage.rooms)
  await settleAll(stage)
  expect(await standings(stage, number)).toEqual(['settled', 'settled', 'settled'])
})
