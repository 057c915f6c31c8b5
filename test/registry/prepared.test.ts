import { expect, test } from 'vitest'
import { createPrepared } from '../../registry/prepared.ts'

/** What a statement is called after it was asked five times. */
function nameAfterFive(sql: string, params: readonly unknown[], prepared = createPrepared()) {
  const names = Array.from({ length: 5 }, () => prepared.nameOf(sql, params))
  return names.at(-1)
}

test('what is asked again and again is prepared under one name, and what is asked once is not', () => {
  const prepared = createPrepared()
  expect(prepared.nameOf('select $1', ['once'])).toBeUndefined()
  const name = nameAfterFive('select $1', ['again'], prepared)
  expect(name).toBeDefined()
  expect(prepared.nameOf('select $1', ['and again'])).toBe(name)
  expect(nameAfterFive('select $1, 2', [1], prepared)).not.toBe(name)
})

test.each([
  ['nothing to fill in', []],
  ['a long list written out', Array.from({ length: 49 }, () => 1)],
  ['a long list given', [Array.from({ length: 33 }, () => 1)]],
])('a statement with %s is sent as it is', (_, params) => {
  expect(nameAfterFive('select', params)).toBeUndefined()
})

test('a connection holds no more than 300, however many there are', () => {
  const prepared = createPrepared()
  const names = Array.from({ length: 2_500 }, (_, index) => nameAfterFive(`select $${index}`, [1], prepared))
  expect(new Set(names.filter((name) => name !== undefined)).size).toBe(300)
  expect(nameAfterFive('select $0', [1], prepared)).toBe(names[0])
})
