import fc from 'fast-check'
import { expect, test } from 'vitest'
import { atOnce, letterPace } from '../../daemon/letter/pace.ts'

const minute = 60_000
const look = 1_000

/** Instants at which letters left, of a house that looks now and then and always has more to send. */
function leaving(perMinute: number, waits: readonly number[], wanted: readonly number[]): number[] {
  let now = 0
  const pace = letterPace(perMinute, look, { monotonic: () => now })
  return waits.flatMap((wait, index) => {
    now += wait
    const count = Math.min(pace.allowed(), wanted[index] ?? Infinity)
    pace.left(count)
    return Array.from({ length: count }, () => now)
  })
}

test('in no minute do more letters leave than may, but for those of one start', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 6_000 }),
      fc.array(fc.integer({ min: 1, max: 90_000 }), { minLength: 1, maxLength: 30 }),
      fc.array(fc.nat(500), { maxLength: 10 }),
      (perMinute, waits, wanted) => {
        const instants = leaving(perMinute, waits, wanted)
        for (const from of new Set(instants)) {
          const within = instants.filter((at) => at >= from && at < from + minute).length
          expect(within).toBeLessThanOrEqual(perMinute + atOnce(perMinute, look))
        }
      },
    ),
  )
})

test('whoever always has more to send sends all that may leave', () => {
  const looks = Array.from({ length: 600 }, () => look)
  expect(leaving(300, looks, []).length).toBeGreaterThanOrEqual(300 * 9)
  expect(leaving(300, looks, []).length).toBeLessThanOrEqual(300 * 10 + atOnce(300, look))
})
