import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { pass } from '../../daemon/pass.ts'
import { unsettle } from '../../registry/settlements.ts'
import { createFlows } from '../../web/flow/flows.ts'
import { settleAll, settled, standings, tokenFor } from '../run/acts.ts'
import { atEveryAwait } from '../run/at-every-await.ts'
import { keepsTheirs } from '../run/keeps-theirs.ts'
import { minute } from '../run/moved-clock.ts'
import { enrolled, freshNumber } from '../run/people.ts'
import { openStage, type Stage } from '../run/stage.ts'

vi.setConfig({ testTimeout: 180_000 })

let stage: Stage
beforeAll(async () => {
  stage = await openStage({ directories: 'openldap', slapd: { tls: 'none' } })
})
afterAll(() => stage[Symbol.asyncDispose]())
beforeEach(() => stage.afresh())
keepsTheirs(() => stage)

const network = '192.0.2.1'

test('a password chosen at any point of a pass at which it waits for something wins everywhere', async () => {
  const number = freshNumber()
  await settled(stage, [enrolled(number)])
  const passwordOf = (turn: number) => `marmotte-${turn}-siffle-Rivière`

  /** A pass that has the whole entry to write, and its password; `at` which of its waits another one is chosen. */
  const passWhile = async (turn: number, at: number): Promise<string[]> => {
    for (const directory of stage.directories)
      await directory.modify(number, { sn: ['Spoilt'], userPassword: [`{SSHA}${turn}spoilt`] })
    await stage.rooms.registry.transaction((tx) => unsettle(tx, [number], stage.clock.now()))
    stage.clock.move(61 * minute)
    const token = await tokenFor(stage, `p${number}@example.org`)
    const waits: string[] = []
    let chosen: Promise<unknown> = Promise.resolve()
    const rooms = atEveryAwait(stage.rooms, async (place) => {
      waits.push(place)
      if (waits.length - 1 === at)
        chosen = createFlows(stage.house).reset({ token, password: passwordOf(turn), network })
      await chosen
    })
    await pass(rooms)
    return waits
  }

  const all = await passWhile(0, -1)
  const writes = all.filter((place) => place.includes(' modify'))
  expect(new Set(writes.map((place) => place.split(' ')[1])).size).toBe(3)
  // What a pass goes by, it reads after it has seen the directories.
  const first = all.findLastIndex((place) => place.startsWith('before') && place.endsWith('scan'))
  let tried = 0
  let before = 'tilleul-penche-Rivière-27'
  for (let at = first; at < all.length; at++) {
    const turn = at + 1
    const waits = await passWhile(turn, at)
    // Notes that are written together make some passes wait less often than the first.
    if (waits[at] === undefined) continue
    tried += 1
    await settleAll(stage)
    const place = `wait ${at}: ${waits[at]}`
    expect(await standings(stage, number), place).toEqual(['settled', 'settled', 'settled'])
    expect(await stage.bind(number, passwordOf(turn)), place).toEqual([true, true, true])
    expect(await stage.bind(number, before), place).toEqual([false, false, false])
    before = passwordOf(turn)
  }
  expect(tried).toBeGreaterThan((all.length - first) / 2)
})
