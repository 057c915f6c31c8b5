import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { pass } from '../../daemon/pass.ts'
import { startDaemon } from '../../daemon/schedule.ts'
import { settle } from '../../daemon/settle.ts'
import { led } from '../../daemon/target/led.ts'
import type { Lane, Target } from '../../daemon/target/target.ts'
import type { Clock } from '../../platform/clock.ts'
import { IdentityError } from '../../platform/error.ts'
import { awaitedNow, claimNames, settlementOf, unsettle, unsettledNow } from '../../registry/settlements.ts'
import { createFlows } from '../../web/flow/flows.ts'
import {
  activate,
  activateMany,
  keyFor,
  passOver,
  passwords,
  post,
  settleAll,
  settled,
  standings,
  tokenFor,
} from '../run/acts.ts'
import { eventually } from '../run/eventually.ts'
import { day, minute } from '../run/moved-clock.ts'
import { enrolled, freshNumber } from '../run/people.ts'
import { openStage, type Stage } from '../run/stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage[Symbol.asyncDispose]())
beforeEach(() => stage.afresh())

const everywhere = [true, true, true]
const nowhere = [false, false, false]

test('a student who activates is everywhere with the password they chose, and nobody else with it', async () => {
  const [ada, grace] = [enrolled(), enrolled()]
  await settled(stage, [ada, grace])
  expect(await stage.bind(ada.person.number, passwords.wrong)).toEqual(nowhere)
  expect(await standings(stage, ada.person.number)).toEqual(['settled', 'settled', 'settled'])
  expect(await stage.directory('primary').entry(ada.person.number)).toMatchObject({
    eduPersonAffiliation: ['student', 'member'],
    supannRessourceEtatDate: '{COMPTE}A:SupannActif::',
  })
})

test('of two passwords the last acknowledged is the one that opens, in every directory', async () => {
  const ada = enrolled()
  const { number } = ada.person
  await settled(stage, [ada])
  const flows = createFlows(stage.house)
  for (const password of [passwords.second, passwords.third]) {
    const token = await tokenFor(stage, ada.person.fixedAddress ?? '')
    await flows.reset({ token, password, network: '192.0.2.1' })
  }
  await settleAll(stage)
  expect(await stage.bind(number, passwords.third)).toEqual(everywhere)
  expect(await stage.bind(number, passwords.second)).toEqual(nowhere)
  expect(await stage.bind(number, passwords.first)).toEqual(nowhere)
})

test('a cancelled enrolment closes every door and reinstatement opens them to the same password', async () => {
  const number = freshNumber()
  await settled(stage, [enrolled(number)])
  await passOver(stage, [enrolled(number, { state: 'A' })])
  expect(await stage.bind(number, passwords.first)).toEqual(nowhere)
  for (const directory of stage.directories) {
    const entry = await directory.entry(number)
    expect(entry).not.toBeNull()
    expect(entry?.['userPassword']).toBeUndefined()
    expect(entry?.['eduPersonAffiliation']).toBeUndefined()
  }
  expect((await stage.directory('primary').entry(number))?.['supannRessourceEtatDate']).toBe(
    '{COMPTE}I:SupannExpire::',
  )
  await passOver(stage, [enrolled(number)])
  expect(await stage.bind(number, passwords.first)).toEqual(everywhere)
})

describe('an entry that is not ours', () => {
  const theirs = {
    objectClass: ['inetOrgPerson'],
    cn: ['Grace Hopper'],
    sn: ['Hopper'],
    mail: ['grace@upmc.example.org'],
  }

  async function foreignAt(number: string): Promise<string> {
    const upmc = stage.directory('upmc')
    const dn = `uid=${number},${upmc.profile.base}`
    await upmc.add(dn, { ...theirs, uid: [number] })
    return JSON.stringify(await upmc.entry(number))
  }

  test('is left untouched when it bears a login of ours, and the clash is held', async () => {
    const number = freshNumber()
    const before = await foreignAt(number)
    await passOver(stage, [enrolled(number)])
    await activate(stage, number)
    await pass(stage.rooms)
    expect(await standings(stage, number)).toEqual(['settled', 'settled', 'held'])
    expect(JSON.stringify(await stage.directory('upmc').entry(number))).toBe(before)
    expect(await stage.bind(number, passwords.first)).toEqual([true, true, false])
    expect((await settlementOf(stage.rooms.registry.db, 'upmc', number))?.code).toBe('TARGET_CONFLICT')
  })

  test('does not become ours by a look at a student who has no entry yet', async () => {
    const number = freshNumber()
    const before = await foreignAt(number)
    await passOver(stage, [enrolled(number)])
    await stage.rooms.registry.transaction((tx) => unsettle(tx, [number], stage.clock.now()))
    await settleAll(stage)
    await activate(stage, number)
    await pass(stage.rooms)
    expect(JSON.stringify(await stage.directory('upmc').entry(number))).toBe(before)
    expect(await standings(stage, number)).toEqual(['settled', 'settled', 'held'])
  })

  test('outlives the student who bore the same login', async () => {
    const number = freshNumber()
    const before = await foreignAt(number)
    await passOver(stage, [enrolled(number)])
    await activate(stage, number)
    await passOver(stage, [enrolled(number, { state: 'A' })])
    for (const days of [91, 366, 1, 1]) {
      stage.clock.move(days * day)
      await pass(stage.rooms)
    }
    expect(await stage.directory('primary').entry(number)).toBeNull()
    expect(JSON.stringify(await stage.directory('upmc').entry(number))).toBe(before)
  })
})

test('a namesake’s entry elsewhere in the tree does not keep a password from ours', async () => {
  const number = freshNumber()
  await settled(stage, [enrolled(number)])
  const upmc = stage.directory('upmc')
  const namesake = `cn=Other,${upmc.profile.base}`
  await upmc.add(namesake, { objectClass: ['inetOrgPerson'], uid: [number], cn: ['Other'], sn: ['Other'] })
  const token = await tokenFor(stage, `p${number}@example.org`)
  await createFlows(stage.house).reset({ token, password: passwords.second, network: '192.0.2.1' })
  await settleAll(stage)
  await upmc.remove(namesake)
  expect(await standings(stage, number)).toEqual(['settled', 'settled', 'settled'])
  expect(await stage.bind(number, passwords.second)).toEqual(everywhere)
})

test('an entry that took the place of ours is not ours, though it bears the same name', async () => {
  const number = freshNumber()
  await settled(stage, [enrolled(number)])
  const upmc = stage.directory('upmc')
  const dn = `uid=${number},${upmc.profile.base}`
  await upmc.remove(dn)
  await upmc.add(dn, { objectClass: ['inetOrgPerson'], uid: [number], cn: ['Other'], sn: ['Other'] })
  const before = JSON.stringify(await upmc.entry(number))
  await pass(stage.rooms)
  await passOver(stage, [enrolled(number, { birthName: 'BYRON' })])
  expect(JSON.stringify(await upmc.entry(number))).toBe(before)
  expect(await standings(stage, number)).toEqual(['settled', 'settled', 'held'])
})

test('an entry added by a process that died before noting it is known again as ours', async () => {
  const number = freshNumber()
  await settled(stage, [enrolled(number)])
  const upmc = stage.directory('upmc')
  const { db } = stage.rooms.registry
  const dn = `uid=${number},${upmc.profile.base}`
  // What the registry looks like between the add and its note: the name claimed as the settings spell it, nothing read back.
  await claimNames(db, [{ target: 'upmc', number, dn: dn.replaceAll(',', ', ') }])
  await stage.rooms.registry.transaction((tx) => unsettle(tx, [number], stage.clock.now()))
  await upmc.modify(number, { sn: ['Half-Written'] })
  await settleAll(stage)
  expect(await standings(stage, number)).toEqual(['settled', 'settled', 'settled'])
  expect((await upmc.entry(number))?.['sn']).toBe('Lovelace')
  expect((await settlementOf(db, 'upmc', number))?.entry_uuid).toBe((await upmc.entry(number))?.['entryUUID'])
})

test('an entry that somebody moved below another unit is brought back, and never doubled', async () => {
  const number = freshNumber()
  await settled(stage, [enrolled(number)])
  const upmc = stage.directory('upmc')
  const { base } = upmc.profile
  await upmc.add(`ou=old,${base}`, { objectClass: ['organizationalUnit'], ou: ['old'] })
  const uuid = (await upmc.entry(number))?.['entryUUID']
  await upmc.rename(`uid=${number},${base}`, `uid=${number},ou=old,${base}`)
  await pass(stage.rooms)
  const entry = await upmc.entry(number)
  expect(entry?.dn).toBe(`uid=${number},${base}`)
  expect(entry?.['entryUUID']).toBe(uuid)
  await upmc.remove(`ou=old,${base}`)
})

test('a password does not wait for a name that somebody else has taken, and the clash is held', async () => {
  const number = freshNumber()
  await settled(stage, [enrolled(number)])
  const upmc = stage.directory('upmc')
  const { base } = upmc.profile
  const [dn, moved] = [`uid=${number},${base}`, `uid=${number},ou=old,${base}`]
  await upmc.add(`ou=old,${base}`, { objectClass: ['organizationalUnit'], ou: ['old'] })
  await upmc.rename(dn, moved)
  await upmc.add(dn, { objectClass: ['inetOrgPerson'], uid: [number], cn: ['Other'], sn: ['Other'] })
  const token = await tokenFor(stage, `p${number}@example.org`)
  await createFlows(stage.house).reset({ token, password: passwords.second, network: '192.0.2.1' })
  for (let tries = 0; tries < 6; tries++) {
    await settleAll(stage)
    stage.clock.move(minute)
  }
  expect(await stage.bind(number, passwords.second)).toEqual([true, true, true])
  expect(await standings(stage, number)).toEqual(['settled', 'settled', 'held'])
  await upmc.remove(dn)
  await passOver(stage, [enrolled(number, { birthName: 'BYRON' })])
  expect((await upmc.entry(number))?.dn).toBe(dn)
  expect(await standings(stage, number)).toEqual(['settled', 'settled', 'settled'])
  await upmc.remove(`ou=old,${base}`)
})

test('a change whose turn comes when another daemon leads already is not sent', async () => {
  const number = freshNumber()
  await passOver(stage, [enrolled(number)])
  const { target } = stage.directory('upmc')
  const answers = [true, false]
  const ours = led(target, { leads: () => answers.shift() ?? false })
  const add = { kind: 'add', id: number, dn: `uid=${number},${target.profile.base}` } as const
  const attributes = { objectClass: ['inetOrgPerson'], uid: [number], cn: ['Late'], sn: ['Late'] }
  await expect(ours.lane('nudge').apply({ ...add, attributes }, null)).rejects.toMatchObject({
    code: 'LEADER_ELSEWHERE',
  })
  expect(await stage.directory('upmc').entry(number)).toBeNull()
})

test('an entry that somebody removed is made again, with the same password', async () => {
  const number = freshNumber()
  await settled(stage, [enrolled(number)])
  await stage.directory('upmc').remove(`uid=${number},${stage.directory('upmc').profile.base}`)
  // Where a directory is followed by entryCSN, only a whole scan shows what is gone.
  stage.clock.move(61 * minute)
  await pass(stage.rooms)
  expect(await stage.bind(number, passwords.first)).toEqual(everywhere)
})

test('a directory that is down delays nothing elsewhere, and catches up when it is back', async () => {
  const number = freshNumber()
  await passOver(stage, [enrolled(number)])
  const { wire } = stage.directory('paris-sorbonne')
  wire.cut()
  await activate(stage, number)
  expect(await stage.bind(number, passwords.first)).toEqual([true, false, true])
  expect(await standings(stage, number)).toEqual(['settled', 'unsettled', 'settled'])
  for (let tries = 0; tries < 12; tries++) {
    stage.clock.move(6 * minute)
    await settleAll(stage)
  }
  const waiting = await settlementOf(stage.rooms.registry.db, 'paris-sorbonne', number)
  expect(waiting).toMatchObject({ state: 'unsettled', code: 'TARGET_UNAVAILABLE' })
  expect(waiting?.attempts).toBeGreaterThan(12)
  // However often it failed, it is tried again within five minutes.
  expect(waiting?.next_at.getTime()).toBeLessThanOrEqual(stage.clock.now().getTime() + 5 * minute)
  wire.mend()
  stage.clock.move(5 * minute)
  await settleAll(stage)
  expect(await stage.bind(number, passwords.first)).toEqual(everywhere)
})

test.each([1, 2, 3, 4])('the loss of answer %i changes nothing of the end', async (lost) => {
  const number = freshNumber()
  const { wire, profile } = stage.directory('primary')
  await passOver(stage, [enrolled(number)])
  await activate(stage, number)
  const token = await tokenFor(stage, `p${number}@example.org`)
  // Off every connection that is open, so that binding is among what is lost.
  wire.jolt()
  await expect.poll(() => stage.directory('upmc').entry(number)).not.toBeNull()
  wire.loseAnswer(lost)
  await createFlows(stage.house).reset({ token, password: passwords.second, network: '192.0.2.1' })
  for (let tries = 0; tries < 6; tries++) {
    await settleAll(stage)
    stage.clock.move(6 * minute)
  }
  expect(wire.lost()).toBe(true)
  expect(await standings(stage, number)).toEqual(['settled', 'settled', 'settled'])
  expect(await stage.bind(number, passwords.second)).toEqual(everywhere)
  expect((await stage.directory('primary').entry(number))?.dn).toBe(`uid=${number},${profile.base}`)
  await post(stage)
  const told = stage.mail
    .to(`p${number}@example.org`)
    .filter(({ subject }) => subject.includes('modifié') || subject.includes('changé'))
  expect(told.length).toBeLessThanOrEqual(1)
})

test('a password chosen while an older one is written is still due, and its promise still open', async () => {
  const number = freshNumber()
  await settled(stage, [enrolled(number)])
  const flows = createFlows(stage.house)
  const reset = async (password: string) => {
    const token = await tokenFor(stage, `p${number}@example.org`)
    await flows.reset({ token, password, network: '192.0.2.1' })
  }
  await reset(passwords.second)
  const { target } = stage.directory('upmc')
  const lane: Lane = {
    read: (...asked) => target.lane('nudge').read(...asked),
    async apply(change, verifier) {
      await reset(passwords.third)
      await target.lane('nudge').apply(change, verifier)
    },
  }
  expect(await settle(stage.rooms, target, number, lane)).toBe('retried')
  const { db } = stage.rooms.registry
  expect(await unsettledNow(db, 'upmc', stage.clock.now(), 10)).toEqual([number])
  const open = await db
    .selectFrom('promise')
    .select('id')
    .where('number', '=', number)
    .where('target', '=', 'upmc')
    .where('kind', '=', 'password')
    .where('kept', 'is', null)
    .execute()
  expect(open).toHaveLength(2)
  await settleAll(stage)
  expect(await stage.bind(number, passwords.third)).toEqual(everywhere)
  expect(await stage.bind(number, passwords.second)).toEqual(nowhere)
})

test('of the many who are due, those come first for whom a student waits', async () => {
  const { rooms } = stage
  const { registry } = rooms
  const [number = '', ...others] = Array.from({ length: 6 }, () => freshNumber())
  await passOver(
    stage,
    [number, ...others].map((each) => enrolled(each)),
  )
  await activateMany(stage, others)
  await settleAll(stage)
  await registry.transaction((tx) => unsettle(tx, others, stage.clock.now()))
  stage.clock.move(1_000)
  await activateMany(stage, [number])
  const now = stage.clock.now()
  expect(await unsettledNow(registry.db, 'upmc', now, 10)).toEqual(expect.arrayContaining(others))
  expect(await awaitedNow(registry.db, 'upmc', now, 10)).toEqual([number])
  await settleAll(stage)
  expect(await awaitedNow(registry.db, 'upmc', now, 10)).toEqual([])
})

test('a refusal that comes late does not set aside a password chosen meanwhile', async () => {
  const number = freshNumber()
  await passOver(stage, [enrolled(number)])
  await createFlows(stage.house).activate({
    studentNumber: number,
    key: await keyFor(stage, number),
    password: passwords.first,
    network: '192.0.2.1',
    idempotencyKey: null,
  })
  const { target } = stage.directory('upmc')
  const { registry } = stage.rooms
  const lane: Lane = {
    read: (...asked) => target.lane('nudge').read(...asked),
    async apply() {
      // Somebody chooses another password while the directory thinks.
      await registry.transaction((tx) => unsettle(tx, [number], stage.clock.now()))
      throw new IdentityError('TARGET_REFUSED', 'upmc answered 19')
    },
  }
  await settle(stage.rooms, target, number, lane)
  expect(await unsettledNow(registry.db, 'upmc', stage.clock.now(), 10)).toContain(number)
  await settleAll(stage)
  expect(await stage.bind(number, passwords.first)).toEqual(everywhere)
})

test('what a directory refuses for good is set aside, shown, and tried again when the student changes', async () => {
  const number = freshNumber()
  await passOver(stage, [enrolled(number)])
  const { target } = stage.directory('upmc')
  const strict: Target = { ...target, lane: () => refusing(target) }
  await createFlows(stage.house).activate({
    studentNumber: number,
    key: await keyFor(stage, number),
    password: passwords.first,
    network: '192.0.2.1',
    idempotencyKey: null,
  })
  expect(await settle(stage.rooms, strict, number, strict.lane('nudge'))).toBe('refused')
  await pass(stage.rooms)
  expect(await standings(stage, number)).toEqual(['settled', 'settled', 'refused'])
  await passOver(stage, [enrolled(number, { birthName: 'BYRON' })])
  expect(await standings(stage, number)).toEqual(['settled', 'settled', 'settled'])
})

function refusing(target: Target): Lane {
  return {
    read: (...asked) => target.lane('nudge').read(...asked),
    apply: () => Promise.reject(new IdentityError('TARGET_REFUSED', 'upmc answered 65')),
  }
}

test('a nudge that is lost is made up for by polling: whoever chose a password waits for no sleep of 3 s', async () => {
  const number = freshNumber()
  await passOver(stage, [enrolled(number)])
  const { rooms, clock } = stage
  const deaf = { ...rooms.registry, onNudge: () => ({ [Symbol.dispose]: () => undefined }) }
  // Whatever sleeps for 3 s or longer sleeps on until the daemon is stopped: passes, sweeps and upkeep never come round.
  const never = 2 ** 30
  const bounded: Clock = { ...clock, sleep: (ms, signal) => clock.sleep(ms < 3_000 ? ms : never, signal) }
  const daemon = startDaemon({ ...rooms, registry: deaf, clock: bounded }, { passIntervalMs: 60_000 })
  try {
    await eventually('the first pass', () => Promise.resolve(daemon.awaited().length === 0))
    await createFlows(stage.house).activate({
      studentNumber: number,
      key: await keyFor(stage, number),
      password: passwords.first,
      network: '192.0.2.1',
      idempotencyKey: null,
    })
    await eventually('the password to open', async () =>
      (await stage.bind(number, passwords.first)).every(Boolean),
    )
  } finally {
    await daemon.stop()
  }
})
