import { expect, test } from 'vitest'
import { createGate } from '../../platform/gate.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))

test('it has caught up once nobody waits for a turn, or nobody wants to know any more', async () => {
  const gate = createGate({ concurrency: 1, waiting: 5 })
  const ends: (() => void)[] = []
  const acts = [1, 2, 3].map(() => gate.run(() => new Promise<void>((resolve) => ends.push(resolve))))
  const told: string[] = []
  const given = new AbortController()
  const until = (name: string, signal: AbortSignal) =>
    gate.caughtUp(signal).then(() => {
      told.push(name)
    })
  const waits = [until('late', new AbortController().signal), until('given up', given.signal)]
  await turn()
  ends.shift()?.()
  await turn()
  expect(told).toEqual([])
  given.abort()
  await turn()
  expect(told).toEqual(['given up'])
  // The last begins: it runs, and waits no more.
  ends.shift()?.()
  await turn()
  expect(told).toEqual(['given up', 'late'])
  await until('at once', new AbortController().signal)
  ends.shift()?.()
  await Promise.all([...acts, ...waits])
})
