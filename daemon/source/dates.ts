import { addDays, parisInstant, parisLocal } from '../../domain/paris.ts'

const dayForm = /^(\d\d)\/(\d\d)\/([1-9]\d{3})$/
const instantForm = /^(\d\d)\/(\d\d)\/([1-9]\d{3}) ([01]\d|2[0-3]):([0-5]\d):([0-5]\d)$/

/** A feed's `dd/mm/yyyy` as `YYYY-MM-DD`; null when there is no such day. */
export function dayFrom(text: string): string | null {
  const [, day = '', month = '', year = ''] = dayForm.exec(text) ?? []
  return isDay(Number(year), Number(month), Number(day)) ? `${year}-${month}-${day}` : null
}

/** A feed's `dd/mm/yyyy hh:mm:ss`, which is Paris time, as an ISO 8601 instant in UTC; null when there is none. */
export function instantFrom(text: string): string | null {
  const [, day = '', month = '', year = '', hours = '', minutes = '', seconds = ''] =
    instantForm.exec(text) ?? []
  if (!isDay(Number(year), Number(month), Number(day))) return null
  const date = `${year}-${month}-${day}`
  const start = startOf(date)
  const instant =
    start === null
      ? parisLocal(`${date}T${hours}:${minutes}:${seconds}`)
      : new Date(start + ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000)
  return instant?.toISOString() ?? null
}

function isDay(year: number, month: number, day: number): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month)
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return [4, 6, 9, 11].includes(month) ? 30 : 31
}

/** Starts of days already worked out; the time-zone rules take 10 µs to ask and a feed has 200,000 date-times. */
const starts = new Map<string, number | null>()
const maxStarts = 20_000
const dayLength = 24 * 3600 * 1000

/** Milliseconds at which a Paris day starts, when it is a day of 24 hours in one offset; else null. */
function startOf(day: string): number | null {
  let start = starts.get(day)
  if (start === undefined) {
    const [from, to] = [
      parisInstant(day, '00:00').getTime(),
      parisInstant(addDays(day, 1), '00:00').getTime(),
    ]
    start = to - from === dayLength ? from : null
    if (starts.size >= maxStarts) starts.clear()
    starts.set(day, start)
  }
  return start
}
