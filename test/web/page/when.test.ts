import { describe, expect, it } from 'vitest'
import { whenInWords } from '../../../web/page/when.ts'

const said = (instant: string, now: string, language: 'fr' | 'en' = 'fr') =>
  whenInWords(new Date(instant), new Date(now), language, 'Europe/Paris').replaceAll('\u00a0', ' ')

describe('an instant in words', () => {
  it('today needs no date', () => {
    expect(said('2026-09-14T13:10:00Z', '2026-09-14T08:00:00Z')).toBe('aujourd’hui à 15 h 10')
    expect(said('2026-09-14T13:00:00Z', '2026-09-14T08:00:00Z', 'en')).toBe('15:00 today')
    expect(said('2026-09-14T13:00:00Z', '2026-09-14T08:00:00Z')).toBe('aujourd’hui à 15 h')
  })

  it('tomorrow and yesterday are days of the reader’s calendar, not 24 hours', () => {
    expect(said('2026-09-14T22:05:00Z', '2026-09-14T21:55:00Z')).toBe('demain à 0 h 05')
    expect(said('2026-09-14T21:55:00Z', '2026-09-14T22:05:00Z')).toBe('hier à 23 h 55')
    expect(said('2026-10-25T22:30:00Z', '2026-10-24T22:30:00Z')).toBe('aujourd’hui à 23 h 30')
  })

  it('a day of another year is told with its year', () => {
    expect(said('2025-11-25T09:35:00Z', '2026-11-25T09:35:00Z')).toBe('le mardi 25 novembre 2025 à 10 h 35')
    expect(said('2025-11-25T09:35:00Z', '2026-11-25T09:35:00Z', 'en')).toMatch(
      /^10:35 on Tuesday,? 25 November 2025$/,
    )
    expect(said('2026-12-31T22:30:00Z', '2026-12-31T23:30:00Z')).toBe('hier à 23 h 30')
  })

  it('any other day is named', () => {
    expect(said('2026-11-25T09:35:00Z', '2026-11-23T09:35:00Z')).toBe('le mercredi 25 novembre à 10 h 35')
    expect(said('2026-11-25T09:35:00Z', '2026-11-23T09:35:00Z', 'en')).toMatch(
      /^10:35 on Wednesday,? 25 November$/,
    )
  })
})
