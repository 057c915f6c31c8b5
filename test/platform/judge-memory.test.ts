import { expect, test } from 'vitest'
import { seededChance } from '../../platform/chance.ts'
import { systemClock } from '../../platform/clock.ts'
import { createJudgeMemory } from '../../platform/judge-memory.ts'

const measure = { bits: 61, common: false }
const opened = (most?: number) => {
  const time = { now: 0 }
  const clock = { ...systemClock, monotonic: () => time.now }
  const chance = seededChance('memory')
  return { time, memory: createJudgeMemory({ clock, chance, forMs: 1_000, ...(most ? { most } : {}) }) }
}

test('a measure is remembered for that password of that student, and for nobody else', () => {
  const { memory } = opened()
  memory.keep('le tilleul penche', ['21100001', 'Ada'], measure)
  expect(memory.recall('le tilleul penche', ['21100001', 'Ada'])).toEqual(measure)
  expect(memory.recall('le tilleul penche.', ['21100001', 'Ada'])).toBeNull()
  expect(memory.recall('le tilleul penche', ['21100002', 'Ada'])).toBeNull()
  expect(memory.recall('le tilleul penche', ['21100001,Ada'])).toBeNull()
})

test('a password judged for nobody is not remembered: anybody could ask whether it was', () => {
  const { memory } = opened()
  memory.keep('le tilleul penche', [], measure)
  expect(memory.recall('le tilleul penche', [])).toBeNull()
})

test('it is forgotten when its time is over', () => {
  const { memory, time } = opened()
  memory.keep('le tilleul penche', ['Ada'], measure)
  time.now = 999
  expect(memory.recall('le tilleul penche', ['Ada'])).toEqual(measure)
  time.now = 1_000
  expect(memory.recall('le tilleul penche', ['Ada'])).toBeNull()
})

test('the oldest goes when there are too many', () => {
  const { memory } = opened(2)
  for (const password of ['one', 'two', 'one', 'three']) memory.keep(password, ['Ada'], measure)
  const kept = ['one', 'two', 'three'].filter((password) => memory.recall(password, ['Ada']) !== null)
  expect(kept).toEqual(['one', 'three'])
})
