import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addDays } from '../../domain/paris.ts'
import { before, lastGraceDay, lastOpenDay, yearsOn, type YearRules } from '../../domain/year.ts'

const rules: YearRules = { open: null, closeOn: '08-31', graceUntil: '11-30' }

const someDay = fc.integer({ min: 0, max: 2000 }).map((count) => addDays('2024-01-01', count))
const opened = fc.uniqueArray(fc.constantFrom('2023', '2024', '2025', '2026', '2027'))
const someRules = fc.record({
  open: fc.option(opened, { nil: null }),
  closeOn: fc.constantFrom('07-31', '08-31'),
  graceUntil: fc.constantFrom('10-15', '11-30'),
})

describe('the years that count', () => {
  it('a year is open to its last day, in grace from the next, and then nothing', () => {
    expect(yearsOn('2027-08-31', ['2026'], rules)).toEqual({ open: ['2026'], grace: [] })
    expect(yearsOn('2027-09-01', ['2026'], rules)).toEqual({ open: [], grace: ['2026'] })
    expect(yearsOn('2027-11-30', ['2026'], rules)).toEqual({ open: [], grace: ['2026'] })
    expect(yearsOn('2027-12-01', ['2026'], rules)).toEqual({ open: [], grace: [] })
  })

  it('two years may be open at once', () => {
    expect(yearsOn('2026-07-10', ['2025', '2026'], rules)).toEqual({ open: ['2025', '2026'], grace: [] })
  })

  it('the year before the first one ever opened had its time too', () => {
    expect(yearsOn('2026-07-10', ['2026'], rules).open).toEqual(['2025', '2026'])
    expect(yearsOn('2026-09-14', ['2026'], rules)).toEqual({ open: ['2026'], grace: ['2025'] })
  })

  it('nothing was ever opened: nothing counts', () => {
    expect(yearsOn('2026-09-14', [], rules)).toEqual({ open: [], grace: [] })
  })

  it('years that the settings open win over those of the source', () => {
    const set = { ...rules, open: ['2026'] }
    expect(yearsOn('2027-12-25', ['2025', '2026', '2027'], set).open).toEqual(['2026'])
    expect(yearsOn('2026-07-10', [], set).open).toEqual(['2026'])
  })

  it('a year that the settings close early has its grace', () => {
    expect(yearsOn('2026-07-10', ['2025', '2026'], { ...rules, open: ['2026'] }).grace).toEqual(['2025'])
  })

  it('a year that the settings do not open yet has no grace either', () => {
    expect(yearsOn('2026-07-10', ['2026', '2027'], { ...rules, open: ['2026'] }).grace).toEqual(['2025'])
  })

  it('the year before and the days of a year are of the civil calendar', () => {
    expect(before('2026')).toBe('2025')
    expect(lastOpenDay('2026', rules)).toBe('2027-08-31')
    expect(lastGraceDay('2026', rules)).toBe('2027-11-30')
  })

  it('no year is open and in grace at once, none is repeated, all are sorted', () => {
    fc.assert(
      fc.property(someDay, opened, someRules, (day, years, given) => {
        const { open, grace } = yearsOn(day, years, given)
        const all = [...open, ...grace]
        expect(new Set(all).size).toBe(all.length)
        expect([...open].sort()).toEqual(open)
        expect([...grace].sort()).toEqual(grace)
      }),
    )
  })

  it('a new year that the source opens never takes an older one away', () => {
    fc.assert(
      fc.property(someDay, opened, opened, (day, years, others) => {
        const first = [...years].sort()[0] ?? '9999'
        const more = others.filter((year) => year > first)
        const few = yearsOn(day, years, rules)
        const many = yearsOn(day, [...years, ...more], rules)
        expect(many.open).toEqual(expect.arrayContaining([...few.open]))
        expect(many.grace).toEqual(expect.arrayContaining([...few.grace]))
      }),
    )
  })

  it('a year goes from open to grace to nothing, and never back', () => {
    fc.assert(
      fc.property(someDay, fc.nat(900), opened, (day, later, years) => {
        const first = yearsOn(day, years, rules)
        const then = yearsOn(addDays(day, later), years, rules)
        for (const year of then.open) expect(first.open).toContain(year)
        for (const year of then.grace) expect([...first.open, ...first.grace]).toContain(year)
      }),
    )
  })
})
