import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describe as tell, openPair } from './differential.ts'
import type { Pair } from './differential.ts'
import { steps } from './differential-steps.ts'

let pair: Pair
beforeAll(async () => {
  pair = await openPair()
})
afterAll(() => pair[Symbol.asyncDispose]())

it('1,000 sequences of requests are answered as slapd answers them, and leave the same behind', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (sequence) => {
      const difference = await pair.run(sequence)
      expect(difference && tell(difference)).toBeNull()
    }),
    // The same ones every time; `npm run soak -- ldap-differential` draws others.
    { numRuns: 1_000, seed: 2026 },
  )
}, 120_000)
