import { expect, it } from 'vitest'
import { throwMutations } from './mutations.ts'

it('20,000 changed messages neither end nor stall the server, nor change what they may not', async () => {
  const seed = Date.now() & 0x7fffffff
  expect(await throwMutations(seed, 20_000), `seed ${seed}`).toEqual([])
}, 60_000)
