import { expect, test } from 'vitest'
import { paced } from '../../daemon/source/paced.ts'

test('a source is looked at no more often than its interval, and at once for who asks again', async () => {
  let reads = 0
  let now = 1_000
  const source = paced(
    { describe: () => 'a source', read: () => Promise.resolve((reads++, null)) },
    { monotonic: () => now },
    5_000,
  )
  await source.read()
  await source.read()
  expect(reads).toBe(1)
  await source.read({ again: true })
  expect(reads).toBe(2)
  now += 4_999
  await source.read()
  expect(reads).toBe(2)
  now += 1
  await source.read()
  expect(reads).toBe(3)
})
