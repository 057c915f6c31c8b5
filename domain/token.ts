/** Reset tokens: 30 characters of base62, as in the guide's specimen. */
export const tokenAlphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
export const tokenLength = 30

/** Whether a text has the form of a reset token. */
export function isToken(text: string): boolean {
  return text.length === tokenLength && /^[0-9A-Za-z]+$/.test(text)
}
