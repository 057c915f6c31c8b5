import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { fillOf } from '../../daemon/fill.ts'
import { pass } from '../../daemon/pass.ts'
import { isTargetTakenOver } from '../../daemon/taken-over.ts'
import type { Sighting, Target } from '../../daemon/target/target.ts'
import { activate, activateMany, passOver, passwords, settleAll, settled, standings } from '../run/acts.ts'
import { day, hour, minute } from '../run/moved-clock.ts'
import { crowd, enrolled, freshNumber } from '../run/people.ts'
import { keepsTheirs } from '../run/keeps-theirs.ts'
import { openStage, type Stage } from '../run/stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage({ directories: 'openldap' })
})
afterAll(() => stage[Symbol.asyncDispose]())
beforeEach(() => stage.afresh())
keepsTheirs(() => stage)

async function scanned(target: Target): Promise<{ sightings: Sighting[]; mark: string }> {
  const sightings: Sighting[] = []
  const scan = target.scan()
  for (;;) {
    const next = await scan.next()
    if (next.done !== true) sightings.push(...next.value)
    else return { sightings, mark: next.value ?? '' }
  }
}

const numbersOf = (sightings: readonly Sighting[]) => sightings.flatMap(({ number }) => number ?? []).sort()

// The primary has the overlay that names what is gone, UPMC has not.
describe.each([
  ['primary', 'sync:', true],
  ['upmc', 'csn:', false],
] as const)('%s, followed by %s', (name, kind, tellsGone) => {
  test('after a scan tells what has changed since, and that alone', async () => {
    const directory = stage.directory(name)
    const { target, profile } = directory
    const numbers = [freshNumber(), freshNumber(), freshNumber()]
    const [edited = '', gone = '', untouched = ''] = numbers
    await settled(
      stage,
      numbers.map((number) => enrolled(number)),
    )
    const { sightings, mark } = await scanned(target)
    expect(numbersOf(sightings)).toEqual([...numbers].sort())
    expect(mark.startsWith(kind)).toBe(true)

    // By time the newest entry is told again: nothing could have been written in the same moment after it.
    const nothing = await target.changesSince(mark)
    expect(numbersOf(nothing?.sightings ?? [])).not.toContain(edited)
    expect(nothing?.gone).toEqual([])

    const stranger = freshNumber()
    await directory.modify(edited, { displayName: ['Somebody Else'] })
    await directory.add(`uid=${stranger},${profile.base}`, {
      objectClass: name === 'primary' ? ['inetOrgPerson', 'supannPerson'] : ['inetOrgPerson'],
      uid: [stranger],
      cn: ['Stranger'],
      sn: ['Stranger'],
    })
    await directory.remove(`uid=${gone},${profile.base}`)
    const changes = await target.changesSince(nothing?.mark ?? '')
    expect(numbersOf(changes?.sightings ?? [])).toEqual(expect.arrayContaining([edited, stranger]))
    const uuid = sightings.find(({ number }) => number === gone)?.uuid
    expect(changes?.gone).toEqual(tellsGone ? [uuid] : [])
    if (tellsGone) expect(numbersOf(changes?.sightings ?? [])).not.toContain(untouched)
    expect((await target.changesSince(changes?.mark ?? ''))?.gone).toEqual([])
  })
})

test('a cookie that the server does not know, or from a time to come, asks for another scan', async () => {
  await settled(stage, [enrolled(), enrolled()])
  const { target } = stage.directory('primary')
  const marked = (text: string) => `sync:${Buffer.from(text).toString('base64')}`
  for (const cookie of ['garbage', 'rid=000,csn=20200101000000.000000Z#000000#000#000000'])
    expect(await target.changesSince(marked(cookie)), cookie).toBeNull()
  expect(await target.changesSince(marked('rid=000,csn=20990101000000.000000Z#000000#000#000000'))).toBeNull()
})

test('a pass reads what has changed alone, repairs it, and reads the whole now and then', async () => {
  const numbers = Array.from({ length: 30 }, () => freshNumber())
  const [edited = '', removed = ''] = numbers
  const everybody = numbers.map((number) => enrolled(number))
  await passOver(stage, everybody)
  for (const number of numbers) await activate(stage, number)
  const scans: string[] = []
  const rooms = { ...stage.rooms, targets: stage.rooms.targets.map((target) => watched(target, scans)) }
  const passAgain = async () => {
    scans.length = 0
    stage.clock.move(minute)
    await pass(rooms)
    return [...scans].sort()
  }
  const all = ['paris-sorbonne', 'primary', 'upmc']
  await passAgain()
  await stage.directory('primary').modify(edited, { displayName: ['Somebody Else'] })
  await stage.directory('upmc').modify(edited, { displayName: ['Somebody Else'] })
  const { base } = stage.directory('primary').profile
  await stage.directory('primary').remove(`uid=${removed},${base}`)
  expect(await passAgain()).toEqual([])
  await settleAll(stage)
  for (const name of ['primary', 'upmc'])
    expect((await stage.directory(name).entry(edited))?.['displayName']).not.toBe('Somebody Else')
  expect(await stage.bind(removed, passwords.first)).toEqual([true, true, true])
  expect(await standings(stage, removed)).toEqual(['settled', 'settled', 'settled'])

  stage.clock.move(hour)
  expect(await passAgain()).toEqual(all)
  expect(await passAgain()).toEqual([])
  // A day later what must stand there is worked out for everybody.
  stage.clock.move(day)
  expect(await passAgain()).toEqual(all)
})

test('while too many changes of others are held, each pass knows of all of them', async () => {
  const numbers = Array.from({ length: 30 }, () => freshNumber())
  await passOver(
    stage,
    numbers.map((number) => enrolled(number)),
  )
  for (const number of numbers) await activate(stage, number)
  await pass(stage.rooms)
  for (const number of numbers.slice(0, 25))
    await stage.directory('primary').modify(number, { displayName: ['Restored From Tape'] })
  stage.clock.move(minute)
  await pass(stage.rooms)
  stage.clock.move(minute)
  await pass(stage.rooms)
  const holds = await stage.rooms.registry.db
    .selectFrom('hold')
    .select('kind')
    .where('ended_at', 'is', null)
    .execute()
  expect(holds).toEqual([{ kind: 'drift' }])
  const [first = ''] = numbers
  expect((await stage.directory('primary').entry(first))?.['displayName']).toBe('Restored From Tape')
})

test('what slapadd has put there without -w is seen by every reading, though a sync hides it', async () => {
  const { slapd, profile, target } = stage.directory('primary')
  const people = crowd(8)
  const numbers = people.map(({ person }) => person.number)
  await passOver(stage, people)
  const load = async (texts: AsyncIterable<string> | string[]) => {
    const file = join(stage.folder, 'more.ldif')
    let all = ''
    for await (const text of texts) all += text
    await writeFile(file, all)
    await slapd?.load(file, ['-q'])
  }
  // Part of them is written by a pass, and moves the contextCSN; the others come by a file.
  await activateMany(stage, numbers.slice(0, 4))
  await settleAll(stage)
  await activateMany(stage, numbers.slice(4))
  const ours = new Set(numbers.slice(4))
  const filled: string[] = []
  for await (const text of fillOf(stage.rooms, target, () => undefined))
    filled.push(
      ...text
        .split(/(?=^dn: )/m)
        .filter((entry) => [...ours].some((each) => entry.startsWith(`dn: uid=${each},`))),
    )
  expect(filled).toHaveLength(4)
  const { mark: before } = await scanned(target)
  await load(filled)
  expect(numbersOf((await scanned(target)).sightings)).toEqual([...numbers].sort())
  expect(numbersOf((await target.changesSince(before))?.sightings ?? [])).toEqual([...ours].sort())
  expect(await target.examine?.(null)).toContainEqual(
    expect.objectContaining({
      what: 'contextCSN',
      detail: expect.stringMatching(/^4 entries are newer/) as unknown,
    }),
  )

  const changes = () =>
    stage.rooms.metrics.changes
      .get()
      .then(({ values }) => values.filter(({ labels }) => labels.target === 'primary'))
  const written = await changes()
  await pass(stage.rooms)
  expect(await changes()).toEqual(written)
  for (const number of numbers)
    expect(await standings(stage, number)).toEqual(['settled', 'settled', 'settled'])

  // A stranger who comes the same way keeps the tree from counting as taken over.
  await sql`delete from mark where name = 'taken-over primary'`.execute(stage.rooms.registry.db)
  const stranger = freshNumber()
  await load([
    `dn: uid=${stranger},${profile.base}\nobjectClass: inetOrgPerson\nobjectClass: supannPerson\nuid: ${stranger}\ncn: Stranger\nsn: Stranger\n\n`,
  ])
  await pass(stage.rooms)
  expect(await isTargetTakenOver(stage.rooms.registry, target)).toBe(false)
  expect(await target.examine?.(null)).toContainEqual(expect.objectContaining({ what: 'contextCSN' }))
})

function watched(target: Target, scans: string[]): Target {
  return {
    ...target,
    scan: (signal) => {
      scans.push(target.name)
      return target.scan(signal)
    },
  }
}
