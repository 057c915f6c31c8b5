import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { guard, type Brakes } from '../../daemon/guard.ts'

const number = fc.integer({ min: 0, max: 60 }).map((each) => String(21_100_000 + each))
const losing = fc.uniqueArray(number, { maxLength: 50 })
const approved = fc.uniqueArray(number).map((each) => new Set(each))
const whole = fc.nat(3000)
const brakes: fc.Arbitrary<Brakes> = fc.record({
  maxRemovals: fc.nat(30),
  maxShare: fc.oneof(
    fc.integer({ min: 0, max: 100 }).map((percent) => percent / 100),
    fc.constantFrom(0, 1),
  ),
})
const anything = fc.tuple(losing, whole, approved, brakes)

const students = (count: number) => Array.from({ length: count }, (_, place) => String(21_100_000 + place))
const defaults: Brakes = { maxRemovals: 20, maxShare: 0.01 }

describe('the laws of the guard', () => {
  it('whoever loses something is either free or held, once', () => {
    fc.assert(
      fc.property(anything, (given) => {
        const { free, held } = guard(...given)
        expect([...free, ...held].sort()).toEqual([...given[0]].sort())
      }),
    )
  })

  it('an approved member is always free, and nobody is held with approval', () => {
    fc.assert(
      fc.property(anything, (given) => {
        const [all, , agreed] = given
        const { free, held } = guard(...given)
        expect(free).toEqual(expect.arrayContaining(all.filter((each) => agreed.has(each))))
        expect(held.filter((each) => agreed.has(each))).toEqual([])
      }),
    )
  })

  it('it holds if and only if those without approval are above both bounds, and then all of them', () => {
    fc.assert(
      fc.property(anything, (given) => {
        const [all, everybody, agreed, { maxRemovals, maxShare }] = given
        const rest = all.filter((each) => !agreed.has(each))
        // In whole percents, so that the check itself knows nothing of binary fractions.
        const above = rest.length > maxRemovals && rest.length * 100 > everybody * Math.round(maxShare * 100)
        expect(guard(...given).held).toEqual(above ? rest : [])
      }),
      { numRuns: 1000 },
    )
  })

  it('an approval frees its own members and nobody else: whoever joined since waits', () => {
    fc.assert(
      fc.property(losing, losing, whole, brakes, (seen, joined, everybody, limits) => {
        const { held } = guard(seen, everybody, new Set(), limits)
        const later = [...new Set([...seen, ...joined])]
        const verdict = guard(later, everybody, new Set(held), limits)
        expect(verdict.held.filter((each) => seen.includes(each) && held.includes(each))).toEqual([])
        expect(verdict.free).toEqual(expect.arrayContaining([...held]))
      }),
    )
  })

  it('whoever has left the set is not mentioned, even when approved', () => {
    fc.assert(
      fc.property(anything, (given) => {
        const { free, held } = guard(...given)
        for (const each of [...free, ...held]) expect(given[0]).toContain(each)
      }),
    )
  })

  it('more approval never holds more', () => {
    fc.assert(
      fc.property(anything, approved, ([all, everybody, agreed, limits], more) => {
        const before = guard(all, everybody, agreed, limits).held
        const then = guard(all, everybody, new Set([...agreed, ...more]), limits).held
        expect(before).toEqual(expect.arrayContaining([...then]))
      }),
    )
  })
})

describe('the guard', () => {
  it('lets twenty go, however few there are in all', () => {
    expect(guard(students(20), 20, new Set(), defaults).held).toEqual([])
  })

  it('lets one in a hundred go, however many that is', () => {
    expect(guard(students(600), 60_000, new Set(), defaults).held).toEqual([])
    expect(guard(students(601), 60_000, new Set(), defaults).held).toHaveLength(601)
  })

  it('holds twenty-one of a hundred', () => {
    expect(guard(students(21), 100, new Set(), defaults)).toEqual({ free: [], held: students(21) })
  })

  it('holds an empty feed: everybody loses, and nobody is left in all', () => {
    expect(guard(students(300), 0, new Set(), defaults).held).toHaveLength(300)
  })

  it('takes a share of exactly the bound as not above it', () => {
    expect(guard(students(29), 100, new Set(), { maxRemovals: 20, maxShare: 0.29 }).held).toEqual([])
    expect(guard(students(30), 100, new Set(), { maxRemovals: 20, maxShare: 0.29 }).held).toHaveLength(30)
  })

  it('frees the approved at once, and the few who joined since with them', () => {
    const all = students(305)
    const verdict = guard(all, 1000, new Set(all.slice(0, 300)), defaults)
    expect(verdict).toEqual({ free: all, held: [] })
  })

  it('holds the many who joined since, apart from the approved', () => {
    const all = students(400)
    const verdict = guard(all, 1000, new Set(all.slice(0, 300)), defaults)
    expect(verdict.free).toEqual(all.slice(0, 300))
    expect(verdict.held).toEqual(all.slice(300))
  })
})
