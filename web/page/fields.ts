/** A student number is 7 or 8 digits; spaces and dots that a paste brings are no part of it. */
export function foldNumber(typed: string): string {
  return typed.replace(/[\s.\u200b]/g, '')
}

/** Whether this can be a student number at all. */
export function isNumber(folded: string): boolean {
  return /^\d{7,8}$/.test(folded)
}

/** Whether this can be one address. Deliberately loose: the server judges, this only catches slips. */
export function isAddress(typed: string): boolean {
  return typed.length <= 254 && /^[^\s@,;<>]+@[^\s@,;<>]+\.[^\s@,;<>]+$/.test(typed)
}

/** Characters as a reader counts them: an accent or a pair of surrogates is one. */
export function countCharacters(text: string): number {
  return Array.from(text.normalize('NFC')).length
}

/** A day that exists, typed as 31/12/2006 (or with spaces, dots, dashes) or as a browser fills it in, 2006-12-31; as
 *  YYYY-MM-DD, or null. */
export function isoDay(typed: string): string | null {
  const parts = typed.trim().split(/[\s./-]+/)
  const [year = '', month = '', day = ''] = parts[0]?.length === 4 ? parts : [...parts].reverse()
  if (parts.length !== 3 || !/^\d{4}$/.test(year) || !/^\d{1,2}$/.test(month) || !/^\d{1,2}$/.test(day))
    return null
  const iso = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
  const read = new Date(`${iso}T00:00:00Z`)
  return !Number.isNaN(read.getTime()) && read.toISOString().startsWith(iso) ? iso : null
}
