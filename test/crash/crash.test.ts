import { expect, test, vi } from 'vitest'
import { killRun } from './kill.ts'
import type { Death } from './life.ts'
import { twoStartsRun } from './two-starts.ts'

// Each starts a whole house again and again.
vi.setConfig({ testTimeout: 600_000 })

const latest = { afterMs: 8_000, from: 'page' } as const
/** A sample of the numbered points: over the whole story, and of each sort. The rest is for `npm run soak -- kill`. */
const deaths: readonly Death[] = [
  { at: '5', ...latest },
  { at: '60', ...latest },
  { at: '1 after ldap', ...latest },
  { at: '3 after letter', ...latest },
  { at: '1 before answer', ...latest },
  { at: '1 after answer', ...latest },
  { at: '150', ...latest },
  { at: '2 before ldap', ...latest },
  { at: '1 before letter', ...latest },
  { at: '4 before answer', ...latest },
  { at: '200', ...latest },
  { at: '5 after ldap', ...latest },
  { at: '3 before file', ...latest },
  { at: '120 after registry', ...latest },
  { at: '3 after answer', ...latest },
]

test('killed at any numbered point of a September, and started again, it breaks no invariant', async () => {
  const told = await killRun('embedded', '1', deaths)
  expect(told.broken, told.deaths.join('\n')).toEqual([])
  expect(told.deaths).toHaveLength(deaths.length + 1)
  // Most of them must have been met, or nothing was shown.
  const met = deaths.filter(({ at }, index) => told.deaths[index]?.startsWith(at ?? '?'))
  expect(met.length, told.deaths.join('\n')).toBeGreaterThan(deaths.length / 2)
})

test('killed, and two started at once: one owner, one refused with a sentence, nothing lost', async () => {
  const { broken, refused } = await twoStartsRun('embedded', '1', 6)
  expect(broken).toEqual([])
  expect(refused).toHaveLength(6)
})
