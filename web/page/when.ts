import type { Language } from './language.ts'

/** An instant in words: the hour and, where it is not today, the day, and the year of another one. Local to the reader (`timeZone` is an
 *  IANA name; the browser's own when absent). */
export function whenInWords(instant: Date, now: Date, language: Language, timeZone?: string): string {
  const [there, here] = [partsOf(instant, language, timeZone), partsOf(now, language, timeZone)]
  const days = there.day - here.day
  const name = there.year === here.year ? there.name : `${there.name} ${there.year}`
  if (language === 'fr') {
    const hour = there.minute === 0 ? `${there.hour} h` : `${there.hour} h ${pad(there.minute)}`
    return unbroken(`${dayInFrench(days, name)}${hour}`)
  }
  return unbroken(`${pad(there.hour)}:${pad(there.minute)}${dayInEnglish(days, name)}`)
}

/** Seconds in words, rounded up to the minute: how long to wait before trying again. */
export function minutesOf(seconds: number): number {
  return Math.max(1, Math.ceil(seconds / 60))
}

function dayInFrench(days: number, name: string): string {
  if (days === 0) return 'aujourd’hui à '
  if (days === 1) return 'demain à '
  if (days === -1) return 'hier à '
  return `le ${name} à `
}

function dayInEnglish(days: number, name: string): string {
  if (days === 0) return ' today'
  if (days === 1) return ' tomorrow'
  if (days === -1) return ' yesterday'
  return ` on ${name}`
}

interface Parts {
  /** Days since 1970 in the reader's calendar, so that two of them can be subtracted. */
  day: number
  year: number
  hour: number
  minute: number
  /** Such as `mercredi 25 novembre`. */
  name: string
}

function partsOf(instant: Date, language: Language, timeZone: string | undefined): Parts {
  const zone = timeZone === undefined ? {} : { timeZone }
  const digits = new Intl.DateTimeFormat('en-GB', {
    ...zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  })
  const found = new Map(digits.formatToParts(instant).map((part) => [part.type, Number(part.value)]))
  const of = (type: Intl.DateTimeFormatPartTypes) => found.get(type) ?? 0
  const named = new Intl.DateTimeFormat(language === 'fr' ? 'fr-FR' : 'en-GB', {
    ...zone,
    weekday: 'long',
    day: 'numeric',
    month: 'long',
  })
  return {
    day: Date.UTC(of('year'), of('month') - 1, of('day')) / 86_400_000,
    year: of('year'),
    hour: of('hour'),
    minute: of('minute'),
    name: named.format(instant),
  }
}

function pad(number: number): string {
  return String(number).padStart(2, '0')
}

/** Keeps `15 h 10` on one line. */
function unbroken(words: string): string {
  return words.replace(/(\d) h(?: (\d))?/, (_, hour: string, minute?: string) =>
    minute === undefined ? `${hour}\u00a0h` : `${hour}\u00a0h\u00a0${minute}`,
  )
}
