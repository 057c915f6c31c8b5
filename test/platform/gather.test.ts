import { expect, test } from 'vitest'
import { gather } from '../../platform/gather.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))

/** An act that ends when told, and the batches it was given. */
function slowly() {
  const batches: (readonly number[])[] = []
  const ends: (() => void)[] = []
  const act = async (asked: readonly number[]) => {
    batches.push(asked)
    await new Promise<void>((resolve) => ends.push(resolve))
    return asked.map((each) => each * 2)
  }
  const end = async () => {
    ends.shift()?.()
    await turn()
  }
  return { batches, act, end }
}

test('who asks in the same turn is served together; who comes meanwhile is the next batch', async () => {
  const { batches, act, end } = slowly()
  const ask = gather(act, 3)
  const answers = [1, 2].map((each) => ask(each))
  expect(batches).toEqual([])
  await turn()
  expect(batches).toEqual([[1, 2]])
  answers.push(...[3, 4, 5, 6].map((each) => ask(each)))
  await end()
  expect(batches).toEqual([
    [1, 2],
    [3, 4, 5],
  ])
  await end()
  await end()
  expect(batches).toEqual([[1, 2], [3, 4, 5], [6]])
  expect(await Promise.all(answers)).toEqual([2, 4, 6, 8, 10, 12])
})

test('each gets their own answer, and nobody fails for another’s sake', async () => {
  const ask = gather((asked: readonly number[]) => {
    if (asked.includes(13)) return Promise.reject(new Error('thirteen'))
    return Promise.resolve(asked.map((each) => each + 1))
  }, 10)
  const answers = await Promise.allSettled([1, 2, 13, 4].map((each) => ask(each)))
  expect(answers.map((each) => (each.status === 'fulfilled' ? each.value : String(each.reason)))).toEqual([
    2,
    3,
    'Error: thirteen',
    5,
  ])
  // And it goes on.
  expect(await ask(6)).toBe(7)
})

test('what fails for all alike is not tried for each', async () => {
  const tried: (readonly number[])[] = []
  const ask = gather(
    (asked: readonly number[]) => {
      tried.push(asked)
      return Promise.reject(new Error('away'))
    },
    10,
    undefined,
    (error) => !String(error).includes('away'),
  )
  const answers = await Promise.allSettled([1, 2, 3].map((each) => ask(each)))
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
  expect(tried).toEqual([[1, 2, 3]])
})

test('what has time waits for others, but no longer once there are enough', async () => {
  const { batches, act, end } = slowly()
  const rests: AbortSignal[] = []
  const ask = gather(act, 3, async (enough) => {
    rests.push(enough)
    await new Promise((resolve) => enough.addEventListener('abort', resolve))
  })
  const answers = [1, 2].map((each) => ask(each))
  await turn()
  expect([batches, rests.length]).toEqual([[], 1])
  answers.push(ask(3), ask(4))
  await turn()
  expect(batches).toEqual([[1, 2, 3]])
  await end()
  expect(batches).toEqual([[1, 2, 3]])
  answers.push(ask(5), ask(6))
  await turn()
  expect(batches).toEqual([
    [1, 2, 3],
    [4, 5, 6],
  ])
  await end()
  expect(await Promise.all(answers)).toEqual([2, 4, 6, 8, 10, 12])
})
