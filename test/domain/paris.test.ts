import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addDays, nextDayAt, parisDay, parisInstant, parisLocal } from '../../domain/paris.ts'

const at = (text: string) => new Date(text)
const instant = fc.date({
  min: at('2020-01-01T00:00:00Z'),
  max: at('2035-01-01T00:00:00Z'),
  noInvalidDate: true,
})

describe('the day in Paris', () => {
  it('changes at midnight in Paris, in winter and in summer', () => {
    expect(parisDay(at('2026-01-14T22:59:59.999Z'))).toBe('2026-01-14')
    expect(parisDay(at('2026-01-14T23:00:00Z'))).toBe('2026-01-15')
    expect(parisDay(at('2026-07-14T21:59:59.999Z'))).toBe('2026-07-14')
    expect(parisDay(at('2026-07-14T22:00:00Z'))).toBe('2026-07-15')
  })

  it('has 23 hours on 28 March 2027 and 25 on 31 October 2027', () => {
    const hours = (day: string) =>
      (parisInstant(addDays(day, 1), '00:00').getTime() - parisInstant(day, '00:00').getTime()) / 3_600_000
    expect(hours('2027-03-28')).toBe(23)
    expect(hours('2027-10-31')).toBe(25)
    expect(hours('2027-10-30')).toBe(24)
  })
})

describe('a time in Paris', () => {
  it('follows the offset of its own day', () => {
    expect(parisInstant('2027-03-27', '07:00')).toEqual(at('2027-03-27T06:00:00Z'))
    expect(parisInstant('2027-03-28', '07:00')).toEqual(at('2027-03-28T05:00:00Z'))
    expect(parisInstant('2027-10-30', '07:00')).toEqual(at('2027-10-30T05:00:00Z'))
    expect(parisInstant('2027-10-31', '07:00')).toEqual(at('2027-10-31T06:00:00Z'))
  })

  it('that the change of clocks skips is taken one hour later', () => {
    expect(parisInstant('2027-03-28', '02:30')).toEqual(at('2027-03-28T01:30:00Z'))
    expect(parisLocal('2027-03-28T02:30:00')).toEqual(at('2027-03-28T01:30:00Z'))
  })

  it('that the change of clocks repeats is taken the first time', () => {
    expect(parisInstant('2027-10-31', '02:30')).toEqual(at('2027-10-31T00:30:00Z'))
    expect(parisLocal('2027-10-31T02:30:00')).toEqual(at('2027-10-31T00:30:00Z'))
  })

  it('that does not exist is no instant', () => {
    expect(parisLocal('2027-02-29T10:00:00')).toBeNull()
    expect(parisLocal('2027-02-28T25:00:00')).toBeNull()
    expect(parisLocal('yesterday')).toBeNull()
    expect(parisLocal('')).toBeNull()
  })
})

describe('the next morning', () => {
  it('of a late evening in Paris is the day after in Paris', () => {
    expect(nextDayAt(at('2026-09-14T21:59:00Z'), '07:00')).toEqual(at('2026-09-15T05:00:00Z'))
    expect(nextDayAt(at('2026-09-14T22:01:00Z'), '07:00')).toEqual(at('2026-09-16T05:00:00Z'))
  })

  it('over both changes of clocks is at the same time on the wall', () => {
    expect(nextDayAt(at('2027-03-27T10:00:00Z'), '07:00')).toEqual(at('2027-03-28T05:00:00Z'))
    expect(nextDayAt(at('2027-03-28T10:00:00Z'), '07:00')).toEqual(at('2027-03-29T05:00:00Z'))
    expect(nextDayAt(at('2027-10-30T10:00:00Z'), '07:00')).toEqual(at('2027-10-31T06:00:00Z'))
    expect(nextDayAt(at('2027-10-31T10:00:00Z'), '07:00')).toEqual(at('2027-11-01T06:00:00Z'))
  })

  it('is one and the same for a whole day, whichever of its repeated hours it is asked in', () => {
    const mornings = [
      '2027-10-30T22:00:00Z',
      '2027-10-31T00:30:00Z',
      '2027-10-31T01:30:00Z',
      '2027-10-31T22:59:59Z',
    ]
    expect(new Set(mornings.map((each) => nextDayAt(at(each), '07:00').getTime())).size).toBe(1)
  })

  it('is always later, by two days at most, and on the next day of Paris', () => {
    fc.assert(
      fc.property(instant, fc.constantFrom('00:00', '02:30', '07:00', '12:00', '23:59'), (now, time) => {
        const next = nextDayAt(now, time)
        expect(next.getTime()).toBeGreaterThan(now.getTime())
        expect(next.getTime() - now.getTime()).toBeLessThanOrEqual(49 * 3_600_000)
        expect(parisDay(next)).toBe(addDays(parisDay(now), 1))
      }),
    )
  })
})

describe('days', () => {
  it('are counted over months, years and leap days', () => {
    expect(addDays('2028-02-28', 1)).toBe('2028-02-29')
    expect(addDays('2026-12-31', 1)).toBe('2027-01-01')
    expect(addDays('2027-03-01', -1)).toBe('2027-02-28')
  })

  it('and a midnight are each other’s', () => {
    fc.assert(
      fc.property(instant, (now) => {
        const day = parisDay(now)
        const midnight = parisInstant(day, '00:00')
        expect(parisDay(midnight)).toBe(day)
        expect(midnight.getTime()).toBeLessThanOrEqual(now.getTime())
      }),
    )
  })
})
