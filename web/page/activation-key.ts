/** Characters of a key, as the letter prints it (guide, specimen of the first letter). */
export const keyLength = 12

/** The longest text the server reads as a key. */
const longestKey = 64

/** The key without what a hand or a paste adds: case, spaces, dashes, any other sign. */
export function foldKey(typed: string): string {
  return typed
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, '')
    .slice(0, longestKey)
}

/** The key in groups of four. */
export function groupKey(typed: string): string {
  return foldKey(typed).replace(/(.{4})(?=.)/g, '$1 ')
}

/** What to show while a key is being typed, and where the caret then stands: after the same characters of
 *  the key as before, whatever spaces came or went. */
export function retype(typed: string, caret: number): { value: string; caret: number } {
  const value = groupKey(typed)
  const before = foldKey(typed.slice(0, caret)).length
  const gaps = before === 0 ? 0 : Math.floor((before - 1) / 4)
  return { value, caret: Math.min(before + gaps, value.length) }
}
