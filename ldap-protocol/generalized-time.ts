const pattern = /^(\d{4})(\d{2})(\d{2})(\d{2})(?:(\d{2})(?:(\d{2}))?)?(?:[.,](\d+))?(Z|[+-]\d{2}(?:\d{2})?)$/

/** Reads a generalized time (RFC 4517 §3.3.13).
 *  @returns UTC digits `YYYYMMDDHHMMSS` with the fraction of a second if it is not zero, so that the order of
 *  the texts is the order of the instants; null when it is none */
export function parseTime(text: string): string | null {
  const parts = pattern.exec(text)
  if (!parts) return null
  const [, year, month, day, hour, minute, second, fraction, zone] = parts
  if (year === undefined || zone === undefined) return null
  const numbers = [month, day, hour, minute ?? '0', second ?? '0'].map(Number)
  const [mm = 0, dd = 0, hh = 0, mi = 0, ss = 0] = numbers
  if (mm < 1 || mm > 12 || dd < 1 || hh > 23 || mi > 59 || ss > 60) return null
  const date = new Date(Date.UTC(2000, mm - 1, dd, hh, mi, 0))
  date.setUTCFullYear(Number(year), mm - 1, dd)
  if (date.getUTCDate() !== dd) return null
  let rest = ''
  let seconds = ss
  if (fraction !== undefined) {
    if (second !== undefined) rest = fraction.replace(/0+$/, '')
    else seconds += Math.floor(Number(`0.${fraction}`) * (minute === undefined ? 3600 : 60))
  }
  date.setTime(date.getTime() + seconds * 1000 - offset(zone) * 60_000)
  const instant = date.toISOString().replace(/^\+\d\d|[-:TZ]|\.\d+/g, '')
  return rest === '' ? instant : `${instant}.${rest}`
}

/** Minutes east of Greenwich. */
function offset(zone: string): number {
  if (zone === 'Z') return 0
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3, 5) || '0')
  return zone.startsWith('-') ? -minutes : minutes
}

/** An instant (RFC 4517 §3.3.13) as slapd writes it: `20261123101746Z`. */
export function formatTime(instant: Date): string {
  return `${instant.toISOString().slice(0, 19).replace(/[-:T]/g, '')}Z`
}
