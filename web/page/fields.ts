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
