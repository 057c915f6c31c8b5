import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { EnrolmentState } from '../../domain/person.ts'
import { returnsAfterGap, rightOf } from '../../domain/right.ts'
import { anyEnrolments, enrolment, shuffled } from './people.ts'

const years = { open: ['2026', '2027'], grace: ['2025'] }
const states: readonly EnrolmentState[] = ['E']
const right = (...enrolments: Parameters<typeof enrolment>[0][]) =>
  rightOf(enrolments.map(enrolment), years, states)

describe('the right', () => {
  it('an enrolment en cours in an open year gives it', () => {
    expect(right({ state: 'E' })).toEqual({ kind: 'open', years: ['2026'], reason: 'ENROLLED' })
  })

  it.each(['P', 'A', 'C', 'V', null])('payment %s is never looked at', (payment) => {
    expect(right({ payment })).toEqual(right({ payment: 'P' }))
  })

  it('neither annulée nor résiliée nor en cours de création gives it', () => {
    expect(right({ state: 'A' })).toEqual({ kind: 'none', years: [], reason: 'CANCELLED' })
    expect(right({ state: 'R' })).toEqual({ kind: 'none', years: [], reason: 'TERMINATED' })
    expect(right({ state: 'C' })).toEqual({ kind: 'none', years: [], reason: 'IN_CREATION' })
  })

  it('en cours de création gives it where the site has decided so', () => {
    expect(rightOf([enrolment({ state: 'C' })], years, ['E', 'C']).kind).toBe('open')
  })

  it('one enrolment cancelled among two leaves the right', () => {
    expect(right({ state: 'A' }, { state: 'E', step: 'M2DROIT' }).kind).toBe('open')
  })

  it('several open years are told oldest first, each once', () => {
    expect(right({ year: '2027' }, { year: '2026' }, { year: '2026', step: 'M2DROIT' }).years).toEqual([
      '2026',
      '2027',
    ])
  })

  it('a year in grace alone gives grace, and an open one wins over it', () => {
    expect(right({ year: '2025' })).toEqual({ kind: 'grace', years: ['2025'], reason: 'GRACE' })
    expect(right({ year: '2025' }, { year: '2026' })).toEqual({
      kind: 'open',
      years: ['2026'],
      reason: 'ENROLLED',
    })
  })

  it('a cancellation this year does not take the grace of the last', () => {
    expect(right({ year: '2025' }, { year: '2026', state: 'A' }).kind).toBe('grace')
  })

  it('without a right the reason tells what can still be done about it', () => {
    expect(right({ state: 'A' }, { state: 'R', step: 'X' }, { state: 'C', step: 'Y' }).reason).toBe(
      'IN_CREATION',
    )
    expect(right({ year: '2020' }).reason).toBe('YEAR_OVER')
    expect(right().reason).toBe('NEVER_ENROLLED')
  })

  it('a student whose only enrolment was cancelled in another year is known all the same', () => {
    expect(right({ year: '2025', state: 'A' }).reason).toBe('YEAR_OVER')
    expect(right({ year: '2020', state: 'R' }).reason).toBe('YEAR_OVER')
  })

  it('it is the same in whatever order the enrolments arrive', () => {
    fc.assert(
      fc.property(
        anyEnrolments.chain((all) => fc.tuple(fc.constant(all), shuffled(all))),
        ([all, other]) => {
          expect(rightOf(other, years, states)).toEqual(rightOf(all, years, states))
        },
      ),
    )
  })

  it('it has years if and only if there is one, each with an enrolment that counts', () => {
    fc.assert(
      fc.property(anyEnrolments, (all) => {
        const found = rightOf(all, years, states)
        expect(found.years.length === 0).toBe(found.kind === 'none')
        for (const year of found.years) {
          expect(all.some((each) => each.year === year && each.state === 'E')).toBe(true)
        }
      }),
    )
  })

  it('only an explicit fact takes it away: more enrolments never do', () => {
    const rank = { none: 0, grace: 1, open: 2 }
    fc.assert(
      fc.property(anyEnrolments, anyEnrolments, (some, more) => {
        const few = rightOf(some, years, states)
        const many = rightOf([...some, ...more], years, states)
        expect(rank[many.kind]).toBeGreaterThanOrEqual(rank[few.kind])
      }),
    )
  })
})

describe('coming back after a gap', () => {
  it('a right in the year before is no gap, one two years before is', () => {
    expect(returnsAfterGap('2025', '2026')).toBe(false)
    expect(returnsAfterGap('2026', '2026')).toBe(false)
    expect(returnsAfterGap('2024', '2026')).toBe(true)
  })

  it('somebody who never had a right does not come back', () => {
    expect(returnsAfterGap(null, '2026')).toBe(false)
  })
})
