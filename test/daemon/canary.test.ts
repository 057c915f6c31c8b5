import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { suffixOf } from '../../bin/first-entries.ts'
import { adopt } from '../../daemon/adopt.ts'
import { tryCanary } from '../../daemon/canary/try.ts'
import { alone, looksOn } from '../../daemon/leadership.ts'
import { pass } from '../../daemon/pass.ts'
import type { Canary, Rooms } from '../../daemon/rooms.ts'
import type { Target } from '../../daemon/target/target.ts'
import { canaryOf } from '../../registry/canary.ts'
import { stateCounts } from '../../registry/students.ts'
import { activateMany, passOver, passwords, settleAll } from '../run/acts.ts'
import { aDayLater, tries, withCanary } from '../run/canary.ts'
import { minute } from '../run/moved-clock.ts'
import { enrolled } from '../run/people.ts'
import { keepsTheirs } from '../run/keeps-theirs.ts'
import { openStage, type Stage } from '../run/stage.ts'

vi.setConfig({ testTimeout: 60_000 })

const login = 'matricule-canari'
const fine = ['fine', 'fine', 'fine']

describe.each(['embedded', 'openldap'] as const)('in directories that are %s', (kind) => {
  let stage: Stage
  let rooms: Rooms & { canary: Canary }
  beforeAll(async () => {
    stage = await openStage({ directories: kind, ownRegistry: kind === 'embedded' })
  })
  afterAll(() => stage[Symbol.asyncDispose]())
  beforeEach(async () => {
    await stage.afresh()
    rooms = withCanary(stage)
    await passOver(stage, [])
  })
  keepsTheirs(() => stage)

  const targetNamed = (name: string): Target => {
    const found = rooms.targets.find((target) => target.name === name)
    if (found === undefined) throw new Error(`there is no ${name}`)
    return found
  }
  const entries = () => Promise.all(stage.directories.map((each) => each.entry(login)))
  const told = async (name: string) => {
    const lines = (await rooms.metrics.text()).split('\n')
    return lines.filter((line) => line.startsWith(`matricule_${name}`) && !line.includes('_bucket'))
  }

  test('it signs in everywhere once in a period, and a wrong password does not', async () => {
    expect(await tries(rooms)).toEqual(fine)
    const repeated = await Promise.all(rooms.targets.map((target) => tryCanary(rooms, target)))
    expect(repeated).toEqual([null, null, null])
    expect(await tries(rooms)).toEqual(fine)

    // Nobody writes to it, and it is nobody's student.
    const [primary] = await entries()
    expect(primary).toMatchObject({
      uid: login,
      supannRessourceEtatDate: expect.arrayContaining(['{MAIL}A:SupannActif::']) as unknown,
    })
    for (const absent of ['mail', 'eduPersonAffiliation', 'supannMailPerso', 'supannEtuInscription'])
      expect([primary?.[absent] ?? []].flat(), absent).toEqual([])
    const row = await canaryOf(rooms.registry.db, 'primary')
    expect(await rooms.ring.unseal('canary', row?.sealed_password ?? '')).toMatch(/^[A-Za-z2-9]{32}$/)

    expect(await told('canary_result{')).toContain(
      'matricule_canary_result{target="primary",result="fine"} 1',
    )
    expect(await told('canary_last_success')).toHaveLength(3)
    expect(await told('canary_bind_seconds_count{target="upmc"}')).toEqual([
      'matricule_canary_bind_seconds_count{target="upmc"} 2',
    ])
    expect(await told('canary_effective_seconds_count')).toHaveLength(3)
  })

  test('whoever compares, counts or takes over does not meet it', async () => {
    const student = enrolled()
    await passOver(stage, [student])
    await activateMany(stage, [student.person.number])
    await settleAll(stage)
    expect(await stage.bind(student.person.number, passwords.first)).toEqual([true, true, true])
    stage.clock.move(minute)
    await pass(rooms)
    const before = [await stateCounts(rooms.registry.db), await rooms.metrics.changes.get()]
    expect(await tries(rooms)).toEqual(fine)
    await aDayLater(rooms)
    expect(await tries(rooms)).toEqual(fine)
    for (const renewed of [false, true]) {
      stage.clock.move(minute)
      if (renewed) await rooms.registry.db.deleteFrom('mark').where('name', 'like', 'followed%').execute()
      await pass(rooms)
      expect(await tries(rooms)).toEqual(fine)
    }
    expect([await stateCounts(rooms.registry.db), await rooms.metrics.changes.get()]).toEqual(before)
    expect((await told('drift_entries')).filter((line) => !line.endsWith(' 0'))).toEqual([])
    expect(await adopt(rooms, { dryRun: true })).toMatchObject({
      conflicts: [],
      unknown: { primary: 0, 'paris-sorbonne': 0, upmc: 0 },
    })
    for (const target of rooms.targets)
      for await (const sightings of target.scan())
        expect(sightings.map((each) => each.found(() => '').dn).filter((dn) => dn.includes(login))).toEqual(
          [],
        )
    const { rows } = await sql<{ count: number }>`
      select (select count(*) from settlement where number = ${login}) + (select count(*) from person where number = ${login})
        + (select count(*) from letter where number = ${login}) as count`.execute(rooms.registry.db)
    expect(Number(rows[0]?.count)).toBe(0)
  })

  if (kind === 'embedded') {
    test('its password is replaced when it is old, and the former one opens nothing any more', async () => {
      await tries(rooms)
      const former = await canaryOf(rooms.registry.db, 'upmc')
      const password = await rooms.ring.unseal('canary', former?.sealed_password ?? '')
      expect(await targetNamed('upmc').bind?.(former?.dn ?? '', password)).toBe(0)
      await aDayLater(rooms)
      expect(await tries(rooms)).toEqual(fine)
      expect(await targetNamed('upmc').bind?.(former?.dn ?? '', password)).toBe(49)
    })

    test('switched off it leaves nothing behind', async () => {
      await tries(rooms)
      const { canary: _, ...without } = rooms
      expect(await tries(without)).toEqual([null, null, null])
      expect(await entries()).toEqual([null, null, null])
      expect(await canaryOf(rooms.registry.db, 'primary')).toBeNull()
      expect(await told('canary_result{')).toEqual([])
    })

    test('only who leads tries, writes, and tells of it', async () => {
      await tries(rooms)
      const follower = { ...rooms, leadership: looksOn }
      expect(await tries(follower)).toEqual([null, null, null])
      expect(await told('canary_result{')).toEqual([])
      // Two who both think that they lead fail once between them.
      const both = [rooms, { ...rooms, leadership: alone }]
      await tries(follower)
      const results = await Promise.all(
        both.flatMap((each) => each.targets.map((target) => tryCanary(each, target))),
      )
      expect(results.filter((result) => result !== null)).toEqual(fine)
    })

    test('where nothing is written, or nobody was taken over, it is not', async () => {
      const observed = rooms.targets.map((target) => ({ ...target, mode: 'observe' as const }))
      expect(await tries({ ...rooms, targets: observed })).toEqual([null, null, null])
      await sql`delete from mark where name like 'taken-over%'`.execute(rooms.registry.db)
      expect(await tries(rooms)).toEqual([null, null, null])
      expect(await entries()).toEqual([null, null, null])
    })

    test('a directory that lets anybody in is told at once, one that lets nobody in too', async () => {
      const answering = (name: string, ...codes: number[]) => {
        const asked: string[] = []
        const target: Target = {
          ...targetNamed(name),
          bind(_dn, password) {
            asked.push(password)
            return Promise.resolve(codes.shift() ?? 0)
          },
        }
        return { asked, target }
      }
      const open = answering('primary', 0, 0)
      expect(await tries(rooms, [open.target])).toEqual(['open'])
      expect(new Set(open.asked).size).toBe(2)
      expect(await told('canary_result{target="primary",result="open"}')).toEqual([
        'matricule_canary_result{target="primary",result="open"} 1',
      ])
      // The right password refused was the one failure of this period: no wrong one is tried.
      const shut = answering('primary', 49)
      expect(await tries(rooms, [shut.target])).toEqual(['refused'])
      expect(shut.asked).toHaveLength(1)
      expect(await tries(rooms, [answering('primary', 52).target])).toEqual(['unanswered'])
      expect(await tries(rooms, [answering('primary', 0, 51).target])).toEqual(['unanswered'])
      expect(await tries(rooms)).toEqual(fine)
    })
  } else {
    test('what others change of its entry is put back, and an entry of theirs is left alone', async () => {
      await tries(rooms)
      const upmc = stage.directory('upmc')
      await upmc.modify(login, { displayName: ['Somebody Else'], userPassword: ['taken'] })
      await stage
        .directory('paris-sorbonne')
        .remove(`uid=${login},${stage.directory('paris-sorbonne').profile.base}`)
      expect(await tries(rooms)).toEqual(fine)
      expect(await upmc.entry(login)).toMatchObject({ displayName: 'Matricule Canari' })
      expect(await stage.bind(login, 'taken')).toEqual([false, false, false])

      // Another login is somebody's already.
      await upmc.add(`uid=serinus,${upmc.profile.base}`, {
        objectClass: ['inetOrgPerson'],
        uid: ['serinus'],
        cn: ['Serinus'],
        sn: ['Canaria'],
      })
      const renamed = withCanary(stage, 'serinus')
      expect(await tries(renamed)).toEqual(['fine', 'fine', 'unwritten'])
      expect(await entries()).toEqual([null, null, null])
      // It is not taken away with ours either.
      const { canary: _, ...without } = renamed
      await tries(without)
      expect(await upmc.entry('serinus')).toMatchObject({ cn: 'Serinus' })
      expect(await stage.directory('primary').entry('serinus')).toBeNull()
    })

    test('a password policy never locks it, and a lock by others ends with another password', async () => {
      const directory = stage.directory('paris-sorbonne')
      const { base } = directory.profile
      const overlay = `overlay ppolicy\nppolicy_default "cn=policy,${base}"`
      // The overlay notes failures as the root of the database.
      const within = `rootdn "cn=root,${suffixOf(base)}"`
      await directory.slapd?.under({ more: { modules: ['ppolicy'], within, after: overlay } })
      try {
        await directory.add(`cn=policy,${base}`, {
          objectClass: ['device', 'pwdPolicy'],
          cn: ['policy'],
          pwdAttribute: ['userPassword'],
          pwdLockout: ['TRUE'],
          pwdMaxFailure: ['2'],
          pwdLockoutDuration: ['0'],
        })
        const there = [targetNamed('paris-sorbonne')]
        for (const _ of [1, 2, 3, 4, 5]) {
          expect(await tries(rooms, there)).toEqual(['fine'])
          const entry = await directory.entry(login)
          expect([entry?.['pwdFailureTime'] ?? []].flat().length).toBeLessThanOrEqual(1)
          expect(entry?.['pwdAccountLockedTime'] ?? []).toEqual([])
        }
        for (const wrong of ['one', 'two', 'three']) {
          expect(await directory.bind(login, wrong)).toBe(false)
        }
        expect(await tries(rooms, there)).toEqual(['refused'])
        expect(await tries(rooms, there)).toEqual(['refused'])
        expect(await tries(rooms, there)).toEqual(['fine'])
      } finally {
        await directory.remove(`cn=policy,${base}`)
        await directory.slapd?.under({ more: {} })
      }
    })

    test('a directory that is stopped, or does not write, is told as that', async () => {
      const { slapd } = stage.directory('upmc')
      const there = [targetNamed('upmc')]
      expect(await tries(rooms, there)).toEqual(['fine'])
      await slapd?.stop()
      expect(await tries(rooms, there)).toEqual(['unanswered'])
      await slapd?.start()
      await slapd?.under({ readOnly: true })
      // Nothing is to be written: it still opens.
      expect(await tries(rooms, there)).toEqual(['fine'])
      await aDayLater(rooms)
      expect(await tries(rooms, there)).toEqual(['unwritten'])
      await slapd?.under({ readOnly: false })
      expect(await tries(rooms, there)).toEqual(['fine'])
    })
  }
})
