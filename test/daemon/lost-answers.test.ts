import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { pass } from '../../daemon/pass.ts'
import { createFlows } from '../../web/flow/flows.ts'
import { keyFor, passOver, passwords, post, settleAll, standings, tokenFor } from '../run/acts.ts'
import { eventually } from '../run/eventually.ts'
import { keepsTheirs } from '../run/keeps-theirs.ts'
import { minute } from '../run/moved-clock.ts'
import { crowd, enrolled } from '../run/people.ts'
import { openStage, type Stage } from '../run/stage.ts'

vi.setConfig({ testTimeout: 90_000 })

/** Changes that three real OpenLDAPs make, and whose acknowledgement is lost on the way (docs: faults). */
let stage: Stage
beforeAll(async () => {
  stage = await openStage({ directories: 'openldap', slapd: { tls: 'none' } })
})
afterAll(() => stage[Symbol.asyncDispose]())
beforeEach(() => stage.afresh())
keepsTheirs(() => stage)
afterEach(() => {
  for (const { wire } of stage.directories) wire.loseAcknowledgements(0)
})

const network = '192.0.2.1'

/** Settles while minutes pass, until everybody named is settled everywhere. */
const settles = (numbers: readonly string[]) =>
  eventually(
    'everybody to be settled',
    async () => {
      stage.clock.move(6 * minute)
      await settleAll(stage)
      const states = await Promise.all(numbers.map((number) => standings(stage, number)))
      return states.flat().every((state) => state === 'settled')
    },
    60_000,
  )

test.each([1, 2, 3, 4, 5])(
  'each acknowledgement in %i is lost: all converges, nothing is lost, nothing is done twice',
  async (nth) => {
    const [stays, leaves, renamed] = crowd(3)
    if (stays === undefined || leaves === undefined || renamed === undefined) throw new Error('three')
    const all = [stays, leaves, renamed]
    const numbers = all.map(({ person }) => person.number)
    await passOver(stage, all)
    for (const { wire } of stage.directories) wire.loseAcknowledgements(nth)

    for (const studentNumber of numbers)
      await createFlows(stage.house).activate({
        studentNumber,
        key: await keyFor(stage, studentNumber),
        password: passwords.first,
        network,
        idempotencyKey: null,
      })
    await settles(numbers)
    const token = await tokenFor(stage, `p${stays.person.number}@example.org`)
    await createFlows(stage.house).reset({ token, password: passwords.second, network })
    await stage.drop([
      stays,
      enrolled(leaves.person.number, { state: 'A' }),
      enrolled(renamed.person.number, { birthName: 'BYRON' }),
    ])
    await pass(stage.rooms)
    await settles(numbers)
    // Three adds, a password, a name, and a leaving, which in the primary are two changes. What was done and not
    // acknowledged is found done, and not done again.
    for (const [index, { wire }] of stage.directories.entries()) {
      const needed = index === 0 ? 7 : 6
      expect(wire.asked()).toBeGreaterThanOrEqual(needed)
      expect(wire.asked()).toBeLessThanOrEqual(2 * needed)
    }

    const opens = (number: string, password: string) => stage.bind(number, password)
    expect(await opens(stays.person.number, passwords.second)).toEqual([true, true, true])
    expect(await opens(stays.person.number, passwords.first)).toEqual([false, false, false])
    expect(await opens(leaves.person.number, passwords.first)).toEqual([false, false, false])
    expect(await opens(renamed.person.number, passwords.first)).toEqual([true, true, true])
    for (const directory of stage.directories) {
      expect((await directory.entry(renamed.person.number))?.['sn']).toBe('Byron')
      for (const number of numbers)
        expect((await directory.entry(number))?.dn).toBe(`uid=${number},${directory.profile.base}`)
    }
    stage.clock.move(minute)
    await post(stage)
    const ready = stage.mail.to(`p${stays.person.number}@example.org`).map(({ subject }) => subject)
    expect(new Set(ready).size).toBe(ready.length)
    // And then there is nothing left to do.
    const before = stage.directories.map(({ wire }) => wire.asked())
    await pass(stage.rooms)
    expect(stage.directories.map(({ wire }) => wire.asked())).toEqual(before)
  },
)
