import type { Draw } from './draw.ts'

/** When things were recorded in one generated university: never after the morning of `today`. */
export interface Calendar {
  /** The year open on that day: `2026` from 1 July 2026 on. */
  readonly openYear: string
  readonly lastYear: string
  /** When an enrolment of a year was made, an ISO 8601 instant in UTC. */
  enrolledAt(year: string, draw: Draw): string
  /** An instant `days` days later at most, and never after today. */
  sometimeAfter(instant: string, days: number, draw: Draw): string
}

const hourLength = 3600 * 1000
const dayLength = 24 * hourLength

/** When people enrol, as days after 1 July and a length, likelier ones repeated: the step of July, the dead
 *  weeks, the hump of September, a tail to the end of November. */
const periods: readonly (readonly [number, number])[] = [
  ...Array<[number, number]>(12).fill([0, 24]),
  ...Array<[number, number]>(7).fill([51, 40]),
  [91, 60],
]

/** The year open on a day (`YYYY-MM-DD`). */
export function openYearOn(day: string): string {
  const year = Number(day.slice(0, 4))
  return String(day.slice(5, 7) >= '07' ? year : year - 1)
}

/** The calendar of a university seen on `today` (`YYYY-MM-DD`). */
export function calendarOn(today: string): Calendar {
  const openYear = openYearOn(today)
  const morning = Date.parse(`${today}T05:00:00Z`)
  const yesterday = morning - 29 * hourLength
  const iso = (at: number): string => new Date(Math.min(at, morning)).toISOString()
  return {
    openYear,
    lastYear: String(Number(openYear) - 1),
    enrolledAt(year, draw) {
      const [from, length] = draw.pick(periods)
      const start = Date.parse(`${year}-07-01T00:00:00Z`)
      let day = from + draw.below(length)
      const last = Math.max(0, Math.floor((yesterday - start) / dayLength))
      if (day > last) day = draw.below(last + 1)
      return iso(officeTime(start + day * dayLength, draw))
    },
    sometimeAfter(instant, days, draw) {
      const at = Date.parse(instant)
      const midnight = at - (at % dayLength) + draw.below(days) * dayLength
      return iso(Math.max(at, officeTime(midnight, draw)))
    },
  }
}

/** Office hours, far from the hour that October has twice and the feed cannot tell apart. */
function officeTime(midnight: number, draw: Draw): number {
  return midnight + 7 * hourLength + draw.below(11 * 3600) * 1000
}
