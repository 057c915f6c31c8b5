import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addDays, parisDay } from '../../domain/paris.ts'
import { dueOf } from '../../domain/promise.ts'

const at = (text: string) => new Date(text)

describe('a promise', () => {
  it('of a letter is due the next day at noon in Paris', () => {
    expect(dueOf('letter', at('2026-09-14T08:00:00Z'))).toEqual(at('2026-09-15T10:00:00Z'))
    expect(dueOf('letter', at('2026-09-14T22:30:00Z'))).toEqual(at('2026-09-16T10:00:00Z'))
    expect(dueOf('letter', at('2026-12-01T08:00:00Z'))).toEqual(at('2026-12-02T11:00:00Z'))
  })

  it('of a letter keeps its noon when the clocks change', () => {
    expect(dueOf('letter', at('2027-03-27T08:00:00Z'))).toEqual(at('2027-03-28T10:00:00Z'))
    expect(dueOf('letter', at('2027-10-30T08:00:00Z'))).toEqual(at('2027-10-31T11:00:00Z'))
  })

  it('of an account is due 48 true hours later, of a password one, whatever the clocks do', () => {
    expect(dueOf('account', at('2027-03-27T12:00:00Z'))).toEqual(at('2027-03-29T12:00:00Z'))
    expect(dueOf('password', at('2027-10-31T00:30:00Z'))).toEqual(at('2027-10-31T01:30:00Z'))
  })

  it('is due after it starts, and not a day earlier for starting later', () => {
    const instant = fc.date({
      min: at('2026-01-01T00:00:00Z'),
      max: at('2030-01-01T00:00:00Z'),
      noInvalidDate: true,
    })
    fc.assert(
      fc.property(fc.constantFrom('letter', 'account', 'password'), instant, instant, (kind, one, other) => {
        const [first, second] = one <= other ? [one, other] : [other, one]
        expect(dueOf(kind, first).getTime()).toBeGreaterThan(first.getTime())
        expect(dueOf(kind, first).getTime()).toBeLessThanOrEqual(dueOf(kind, second).getTime())
      }),
    )
    fc.assert(
      fc.property(instant, (started) => {
        expect(parisDay(dueOf('letter', started))).toBe(addDays(parisDay(started), 1))
      }),
    )
  })
})
