import { Temporal } from 'temporal-polyfill'

const zone = 'Europe/Paris'

/** The civil day in Paris at an instant, `YYYY-MM-DD`. */
export function parisDay(instant: Date): string {
  return zoned(instant).toPlainDate().toString()
}

/** The instant at which clocks in Paris show `time` (`HH:MM`) on `day`. A time that a change of clocks
 *  skips is taken one hour later, one that it repeats is taken the first time. */
export function parisInstant(day: string, time: string): Date {
  const local = Temporal.PlainDate.from(day).toPlainDateTime(Temporal.PlainTime.from(time))
  return new Date(local.toZonedDateTime(zone, { disambiguation: 'compatible' }).epochMilliseconds)
}

/** `time` in Paris on the day after the day of `instant`: « le lendemain matin » of the guide. */
export function nextDayAt(instant: Date, time: string): Date {
  return parisInstant(addDays(parisDay(instant), 1), time)
}

/** The civil day `count` days after `day`. */
export function addDays(day: string, count: number): string {
  return Temporal.PlainDate.from(day).add({ days: count }).toString()
}

export const weekdays = [
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
] as const
export type Weekday = (typeof weekdays)[number]

/** The latest day, that of `instant` included, that is such a day of the week in Paris. */
export function latestWeekday(instant: Date, weekday: Weekday): string {
  const today = zoned(instant).toPlainDate()
  return today.subtract({ days: (today.dayOfWeek - 1 - weekdays.indexOf(weekday) + 7) % 7 }).toString()
}

/** A civil date-time of Paris (`YYYY-MM-DDTHH:MM:SS`) as an instant; null when it is no date-time. */
export function parisLocal(text: string): Date | null {
  try {
    return new Date(Temporal.PlainDateTime.from(text).toZonedDateTime(zone).epochMilliseconds)
  } catch {
    return null
  }
}

function zoned(instant: Date): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(instant.getTime()).toZonedDateTimeISO(zone)
}
