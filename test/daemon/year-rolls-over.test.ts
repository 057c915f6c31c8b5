import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { pass } from '../../daemon/pass.ts'
import { sweepPromises } from '../../registry/promises.ts'
import { waitingHolds } from '../../registry/holds.ts'
import type { StudentRecord } from '../../domain/person.ts'
import { activate, activateMany, approveAll, passwords, settleAll, standings } from '../run/acts.ts'
import { keepsTheirs } from '../run/keeps-theirs.ts'
import { minute } from '../run/moved-clock.ts'
import { enrolled, freshNumber } from '../run/people.ts'
import { openStage, type Stage } from '../run/stage.ts'

vi.setConfig({ testTimeout: 120_000 })

/** A year ends and the next begins, on three real OpenLDAPs. A small university, under the brakes as they are by
 *  default. */
let stage: Stage
beforeAll(async () => {
  stage = await openStage({ directories: 'openldap', slapd: { tls: 'none' } })
})
afterAll(() => stage[Symbol.asyncDispose]())
beforeEach(() => stage.afresh())
keepsTheirs(() => stage)

const everywhere = [true, true, true]
const nowhere = [false, false, false]
const years = (...open: string[]) => ({ openYears: open })
const stateOf = async (number: string) =>
  (await stage.directory('primary').entry(number))?.['supannRessourceEtatDate']

/** Activates by the page and says whether every promise of it was kept. */
async function activationsKeepTheirPromise(records: readonly StudentRecord[]): Promise<void> {
  for (const { person } of records) {
    await activate(stage, person.number)
    expect(await stage.bind(person.number, passwords.first)).toEqual(everywhere)
  }
  await stage.rooms.registry.transaction((tx) => sweepPromises(tx, stage.clock.now()))
  const open = await stage.rooms.registry.db
    .selectFrom('promise')
    .select(['number', 'kind', 'target'])
    .where(
      'number',
      'in',
      records.map(({ person }) => person.number),
    )
    .where('kind', 'in', ['account', 'password'])
    .where('kept', 'is', null)
    .where('released', 'is', null)
    .execute()
  expect(open).toEqual([])
}

test('31 August becomes 1 September, grace ends, and forty suspensions wait for a person while people re-enrol', async () => {
  const former = Array.from({ length: 40 }, () => freshNumber())
  const staying = Array.from({ length: 20 }, () => freshNumber())
  const [regains = '', ...leaving] = former
  const inYear = (numbers: readonly string[], ...of: string[]) =>
    numbers.map((number) => enrolled(number, { years: of }))
  const numbers = [...former, ...staying]

  stage.clock.set('2027-08-31T08:00:00.000Z')
  await stage.drop([...inYear(former, '2026'), ...inYear(staying, '2026', '2027')], years('2026', '2027'))
  await pass(stage.rooms)
  await approveAll(stage)
  await pass(stage.rooms)
  await activateMany(stage, numbers)
  await settleAll(stage)
  await pass(stage.rooms)
  expect(await stateOf(regains)).toBe('{COMPTE}A:SupannActif::')

  // The night: nobody loses anything, and nobody's password is touched.
  stage.clock.set('2027-08-31T22:30:00.000Z')
  await pass(stage.rooms)
  expect(await waitingHolds(stage.rooms.registry.db)).toEqual([])
  for (const number of [regains, leaving[0] ?? '']) {
    expect(await stateOf(number)).toBe('{COMPTE}A:SupannSursis::20271130')
    expect(await stage.bind(number, passwords.first)).toEqual(everywhere)
  }
  expect(await stateOf(staying[0] ?? '')).toBe('{COMPTE}A:SupannActif::')

  // The end of grace: more than the brakes let through.
  stage.clock.set('2027-11-30T23:30:00.000Z')
  const newcomers = inYear([freshNumber(), freshNumber()], '2027')
  const stay = inYear(staying, '2026', '2027')
  await stage.drop([...inYear(former, '2026'), ...stay, ...newcomers], years('2026', '2027'))
  await pass(stage.rooms)
  expect(await waitingHolds(stage.rooms.registry.db)).toMatchObject([{ kind: 'losses', members: 40 }])
  await activationsKeepTheirPromise(newcomers)
  expect(await stage.bind(leaving[0] ?? '', passwords.first)).toEqual(everywhere)

  // A person agrees to those forty; one of them enrols again before it is applied, and others enrol meanwhile.
  expect(await approveAll(stage)).toBe(1)
  const more = inYear([freshNumber(), freshNumber()], '2027')
  const back = inYear([regains], '2026', '2027')
  await stage.drop(
    [...inYear(leaving, '2026'), ...back, ...stay, ...newcomers, ...more],
    years('2026', '2027'),
  )
  await pass(stage.rooms)
  await activationsKeepTheirPromise(more)
  stage.clock.move(minute)
  await pass(stage.rooms)
  expect(await waitingHolds(stage.rooms.registry.db)).toEqual([])
  for (const number of leaving)
    expect(await standings(stage, number)).toEqual(['settled', 'settled', 'settled'])
  for (const number of leaving.slice(0, 3)) {
    expect(await stage.bind(number, passwords.first)).toEqual(nowhere)
    expect(await stateOf(number)).toBe('{COMPTE}I:SupannExpire::')
  }
  expect(await stage.bind(regains, passwords.first)).toEqual(everywhere)
  for (const number of staying.slice(0, 3))
    expect(await stage.bind(number, passwords.first)).toEqual(everywhere)
})
