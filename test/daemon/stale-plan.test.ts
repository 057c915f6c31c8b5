import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Change } from '../../domain/entry.ts'
import { settle } from '../../daemon/settle.ts'
import type { Lane } from '../../daemon/target/target.ts'
import { unsettle } from '../../registry/settlements.ts'
import { settled, standings } from '../run/acts.ts'
import { minute } from '../run/moved-clock.ts'
import { enrolled, freshNumber } from '../run/people.ts'
import { keepsTheirs } from '../run/keeps-theirs.ts'
import { openStage, type Stage } from '../run/stage.ts'

const stand = () => ''

describe.each(['embedded', 'openldap'] as const)('on directories that are %s', (directories) => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage({ directories })
  })
  afterAll(() => stage[Symbol.asyncDispose]())
  beforeEach(() => stage.afresh())
  keepsTheirs(() => stage)

  test('a change planned from what an entry no longer is, is refused, whatever it is', async () => {
    const number = freshNumber()
    await settled(stage, [enrolled(number)])
    for (const directory of stage.directories) {
      const lane = directory.target.lane('pass')
      const [found = null] = await lane.read(number, stand)
      const dn = found?.dn ?? ''
      expect(found?.csn).not.toBeNull()
      await directory.modify(number, { displayName: ['Newer'] })
      const changes: Change[] = [
        { kind: 'modify', id: number, dn, replace: { displayName: ['Stale'] } },
        { kind: 'rename', id: number, dn, to: dn.replace(number, 'stale') },
        { kind: 'remove', id: number, dn },
      ]
      for (const change of changes)
        await expect(lane.apply(change, null, { found, stand })).rejects.toMatchObject({
          transient: true,
          details: { resultCode: 122 },
        })
      expect((await directory.entry(number))?.['displayName']).toBe('Newer')
    }
  })

  test('and is planned anew from what it is now', async () => {
    const number = freshNumber()
    await settled(stage, [enrolled(number)])
    const { target } = stage.directory('primary')
    await stage.directory('primary').modify(number, { displayName: ['Somebody Else'] })
    await stage.rooms.registry.transaction((tx) => unsettle(tx, [number], stage.clock.now()))
    // Another hand, between reading and writing.
    const lane: Lane = {
      ...target.lane('nudge'),
      apply: async (change, verifier, seen) => {
        await stage.directory('primary').modify(number, { givenName: ['Between'] })
        return target.lane('nudge').apply(change, verifier, seen)
      },
    }
    expect(await settle(stage.rooms, target, number, lane)).toBe('retried')
    stage.clock.move(minute)
    expect(await settle(stage.rooms, target, number, target.lane('nudge'))).toBe('settled')
    expect((await standings(stage, number))[0]).toBe('settled')
    expect((await stage.directory('primary').entry(number))?.['givenName']).not.toBe('Between')
  })
})
