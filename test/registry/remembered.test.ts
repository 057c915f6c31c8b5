import { expect, test } from 'vitest'
import { systemClock } from '../../platform/clock.ts'
import { remembered } from '../../registry/remembered.ts'

/** What is asked, answered by how often it was. */
function asked({ most = 10, forMs = 1_000 } = {}) {
  const clock = { ...systemClock, at: 0, monotonic: () => clock.at }
  const numbers: string[] = []
  const ask = remembered((number: string) => Promise.resolve(`${number} ${numbers.push(number)}`), {
    most,
    forMs,
    clock,
  })
  return { ask, clock, numbers }
}

test('one student is asked for once, for as long as the account does not move on', async () => {
  const { ask } = asked()
  expect([await ask('a', 1), await ask('a', 1), await ask('b', 1), await ask('a', 1)]).toEqual([
    'a 1',
    'a 1',
    'b 2',
    'a 1',
  ])
  expect(await ask('a', 2)).toBe('a 3')
  // Whoever asks for what was is told what is: never the other way round.
  expect(await ask('a', 1)).toBe('a 4')
})

test('nothing is remembered for long, and not of everybody', async () => {
  const { ask, clock } = asked({ most: 2, forMs: 1_000 })
  await ask('a', 1)
  clock.at = 999
  expect(await ask('a', 1)).toBe('a 1')
  clock.at = 1_000
  expect(await ask('a', 1)).toBe('a 2')
  await ask('b', 1)
  await ask('c', 1)
  expect(await ask('a', 1)).toBe('a 5')
})

test('what has failed is asked again', async () => {
  let tries = 0
  const ask = remembered(
    () => (++tries === 1 ? Promise.reject(new Error('not now')) : Promise.resolve('now')),
    {
      most: 10,
      forMs: 1_000,
      clock: systemClock,
    },
  )
  await expect(ask('a', 1)).rejects.toThrow('not now')
  expect(await ask('a', 1)).toBe('now')
})
