import { addDays, parisDay, parisInstant } from '../../../domain/paris.ts'

/** Whether a whole reading is due: none was taken since the last time that clocks in Paris showed `fullAt` (`HH:MM`).
 *  Addresses bear no date of change, so that only a whole reading finds them. Pure. */
export function isFullDue(now: Date, lastFull: Date | null, fullAt: string): boolean {
  if (lastFull === null) return true
  const today = parisInstant(parisDay(now), fullAt)
  const latest = today <= now ? today : parisInstant(addDays(parisDay(now), -1), fullAt)
  return lastFull < latest
}

/** The moment from which changes are asked for, as Apogée writes it: local time, to the second. Pure. */
export function sinceText(instant: Date): string {
  const parts = new Map(format.formatToParts(instant).map(({ type, value }) => [type, value]))
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? ''
  return `${part('day')}/${part('month')}/${part('year')} ${part('hour')}:${part('minute')}:${part('second')}`
}

const format = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Europe/Paris',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
})
