import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { componentOf } from '../../domain/person.ts'
import { anyEnrolments, enrolment, shuffled } from './people.ts'

describe('the component of a student', () => {
  it('is that of the main step of the latest year', () => {
    const found = componentOf([
      enrolment({ year: '2025', component: 'MED' }),
      enrolment({ main: false, step: 'ZZZ', component: 'LET' }),
      enrolment({ main: true, step: 'AAA', component: 'SCI', componentLabel: 'Sciences' }),
    ])
    expect(found).toEqual({ component: 'SCI', componentLabel: 'Sciences' })
  })

  it('is rather that of a second step than that of a cancelled one', () => {
    const cancelled = enrolment({ state: 'A', main: true, component: 'SCI' })
    const second = enrolment({ state: 'E', main: false, step: 'L2', component: 'LET' })
    expect(componentOf([cancelled, second])?.component).toBe('LET')
  })

  it('is none where none is recorded', () => {
    expect(componentOf([])).toBeNull()
    expect(componentOf([enrolment({ component: null })])).toBeNull()
    expect(componentOf([enrolment({ component: '' })])).toBeNull()
  })

  it('is the same in whatever order the enrolments arrive', () => {
    fc.assert(
      fc.property(
        anyEnrolments.chain((all) => fc.tuple(fc.constant(all), shuffled(all))),
        ([all, other]) => {
          expect(componentOf(other)).toEqual(componentOf(all))
        },
      ),
      { numRuns: 300 },
    )
  })
})
