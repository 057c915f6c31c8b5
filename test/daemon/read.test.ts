import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { judge } from '../../daemon/judge.ts'
import { pass } from '../../daemon/pass.ts'
import { read } from '../../daemon/read.ts'
import type { Rooms } from '../../daemon/rooms.ts'
import { lastAccepted } from '../../registry/facts.ts'
import { waitingHolds } from '../../registry/holds.ts'
import { studentOf } from '../../registry/students.ts'
import { approveAll, passOver, passwords, settled } from '../run/acts.ts'
import { day } from '../run/moved-clock.ts'
import { enrolled, enrolment, freshNumber, person } from '../run/people.ts'
import { openStage, type Stage } from '../run/stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage[Symbol.asyncDispose]())
beforeEach(() => stage.afresh())

const state = async () => (await read(stage.rooms)).state
const accepted = async () => (await lastAccepted(stage.rooms.registry.db))?.number

test('a snapshot is taken once, and the same bytes again are nothing new', async () => {
  await stage.drop([enrolled()])
  expect(await state()).toBe('accepted')
  expect(await state()).toBe('unchanged')
  expect((await read(stage.rooms, { again: true })).state).toBe('unchanged')
})

describe('a stale snapshot is refused', () => {
  test.each([
    ['by its number', { snapshot: 6 }],
    ['by the instant at which it was taken', { snapshot: 9, takenAt: new Date('2026-09-14T06:00:00Z') }],
  ])('%s', async (_, facts) => {
    const number = freshNumber()
    await stage.drop([enrolled(number)], { snapshot: 7 })
    await read(stage.rooms)
    await stage.drop([enrolled(number, { state: 'A' })], facts)
    expect(await read(stage.rooms)).toMatchObject({ state: 'refused', code: 'FEED_STALE' })
    expect(await accepted()).toBe(7)
    expect((await studentOf(stage.rooms.registry.db, number))?.enrolments[0]?.state).not.toBe('A')
  })
})

describe('a change of the open years', () => {
  test('is held before any right is computed again, and taken by the next pass once approved', async () => {
    const number = freshNumber()
    await passOver(stage, [enrolled(number, { years: ['2026'] })])
    await stage.drop([enrolled(number, { years: ['2026', '2027'] })], { openYears: ['2026', '2027'] })
    const held = await pass(stage.rooms)
    expect(held.reading).toMatchObject({ state: 'held', code: 'YEAR_CHANGED' })
    expect((await studentOf(stage.rooms.registry.db, number))?.enrolments).toHaveLength(1)
    expect(await approveAll(stage)).toBe(1)
    const passed = await pass(stage.rooms)
    expect(passed.reading.state).toBe('accepted')
    expect((await studentOf(stage.rooms.registry.db, number))?.account.right_years).toEqual(['2026', '2027'])
  })

  test('that was approved once is held again when it happens again', async () => {
    const student = enrolled(freshNumber(), { years: ['2026'] })
    await passOver(stage, [student])
    for (const openYears of [['2027'], ['2026'], ['2027']]) {
      await stage.drop([student], { openYears })
      expect(await state()).toBe('held')
      await approveAll(stage)
      expect(await state()).toBe('accepted')
    }
    expect(await waitingHolds(stage.rooms.registry.db)).toEqual([])
  })
})

test('a missing row takes nothing away, neither of an enrolment nor of a person', async () => {
  const [ada, grace, other] = [freshNumber(), freshNumber(), freshNumber()]
  await settled(stage, [enrolled(ada), enrolled(grace)])
  for (let snapshots = 0; snapshots < 4; snapshots++) {
    stage.clock.move(5 * day)
    await passOver(stage, [{ person: person(ada), enrolments: [] }, enrolled(other)])
  }
  for (const number of [ada, grace]) {
    const student = await studentOf(stage.rooms.registry.db, number)
    expect(student?.account).toMatchObject({ state: 'active', right_kind: 'open' })
    expect(await stage.bind(number, passwords.first)).toEqual([true, true, true])
  }
  expect((await studentOf(stage.rooms.registry.db, grace))?.person.missing_since).not.toBeNull()
  expect((await studentOf(stage.rooms.registry.db, ada))?.person.missing_since).toBeNull()
})

test('a snapshot that could not be written down is taken by the next pass', async () => {
  const number = freshNumber()
  await stage.drop([enrolled(number)])
  const { registry } = stage.rooms
  const failing: Rooms = {
    ...stage.rooms,
    registry: { ...registry, transaction: () => Promise.reject(new Error('the disk is full')) },
  }
  await expect(read(failing)).rejects.toThrow('the disk is full')
  expect(await state()).toBe('accepted')
  await judge(stage.rooms)
  expect((await studentOf(registry.db, number))?.account.right_kind).toBe('open')
})

test('many enrolments each are taken at once', async () => {
  const records = Array.from({ length: 500 }, () => {
    const number = freshNumber()
    const steps = Array.from({ length: 8 }, (_, index) => enrolment(number, { step: `STEP${index}` }))
    return { person: person(number), enrolments: steps }
  })
  await stage.drop(records)
  expect(await read(stage.rooms)).toMatchObject({ state: 'accepted', changed: 500 })
})

test('a record that moves while it is judged is judged again', async () => {
  const number = freshNumber()
  await passOver(stage, [enrolled(number)])
  await stage.drop([enrolled(number, { birthName: 'BYRON' })])
  await read(stage.rooms)

  await stage.drop([enrolled(number, { birthName: 'BYRON', state: 'A' })])
  const { registry } = stage.rooms
  const readings: Promise<unknown>[] = []
  const interrupted: Rooms = {
    ...stage.rooms,
    registry: {
      ...registry,
      async transaction(act) {
        if (readings.length === 0) {
          const reading = read(stage.rooms)
          readings.push(reading)
          await Promise.race([reading, sleep(300)])
        }
        return registry.transaction(act)
      },
    },
  }
  await judge(interrupted)
  await Promise.all(readings)
  await judge(stage.rooms)
  expect((await studentOf(registry.db, number))?.account.right_kind).toBe('none')
})
