/** A–Z and 2–9 without I, L, O, U: nothing that can be misread on a card (rules: the key). */
export const keyAlphabet = 'ABCDEFGHJKMNPQRSTVWXYZ23456789'

/** 12 characters of 30: 58.9 bits, carried by throttling. */
export const keyLength = 12

const form = new RegExp(`^[${keyAlphabet}]{${keyLength}}$`)

/** The key somebody typed, in its stored form: any case, spaces and dashes anywhere. Null if it cannot be a key of ours. */
export function foldKey(typed: string): string | null {
  const folded = fold(typed)
  return form.test(folded) ? folded : null
}

/** The same of a key whoever made it, ours or a supplied one (supplied-key.ts); null if it cannot be any. */
export function foldTyped(typed: string): string | null {
  const folded = fold(typed)
  return anyForm.test(folded) ? folded : null
}

const anyForm = /^[A-Z0-9]{1,64}$/

function fold(typed: string): string {
  // ASCII alone: elsewhere one letter may become another (ſ → S) or two (ß → SS).
  return typed.replace(/[\s\p{Pd}]/gu, '').replace(/[a-z]/g, (letter) => letter.toUpperCase())
}

/** waiting: may be used · sleeping: no right at the moment · used · replaced: a newer one was issued. */
export type KeyState = 'waiting' | 'sleeping' | 'used' | 'replaced'

/** The state people see: a waiting key sleeps while its student has no right, and wakes unchanged. */
export function keyState(stored: 'waiting' | 'used' | 'replaced', hasRight: boolean): KeyState {
  return stored === 'waiting' && !hasRight ? 'sleeping' : stored
}
