import { createHash, hash, timingSafeEqual } from 'node:crypto'

/** Salted digests as OpenLDAP stores them: `base64(digest ‖ salt)` (core, and module pw-sha2), the unsalted ones
 *  being the same without salt. Fast to compute, hence weak: kept for directories that know nothing better. */
const digests: Readonly<Record<string, { algorithm: string; length: number; salted: boolean }>> = {
  SSHA: { algorithm: 'sha1', length: 20, salted: true },
  SSHA256: { algorithm: 'sha256', length: 32, salted: true },
  SSHA512: { algorithm: 'sha512', length: 64, salted: true },
  SHA: { algorithm: 'sha1', length: 20, salted: false },
  SHA512: { algorithm: 'sha512', length: 64, salted: false },
}

const algorithms = { ssha: 'sha1', ssha512: 'sha512' } as const
const saltLimit = 64

/** `{SSHA}` or `{SSHA512}` followed by base64 of digest and salt. */
export function makeSalted(scheme: keyof typeof algorithms, password: string, salt: Buffer): string {
  const digest = createHash(algorithms[scheme]).update(password, 'utf8').update(salt).digest()
  return `{${scheme.toUpperCase()}}${Buffer.concat([digest, salt]).toString('base64')}`
}

/** Whether `password` is behind `value`, the part after the braces of `scheme` (upper case). False for a scheme that
 *  is not here, for anything but base64, and for a salt that is missing or longer than 64 bytes. */
export function checkSalted(scheme: string, value: string, password: Buffer): boolean {
  const form = Object.hasOwn(digests, scheme) ? digests[scheme] : undefined
  if (form === undefined || value.length > 256 || !/^[A-Za-z0-9+/]+={0,2}$/.test(value)) return false
  const bytes = Buffer.from(value, 'base64')
  const salt = bytes.subarray(form.length)
  if (bytes.length < form.length || salt.length > saltLimit || form.salted !== salt.length > 0) return false
  // As text: a buffer of its own for each digest takes three times as long as the digest (Node 24).
  const digest = Buffer.from(hash(form.algorithm, Buffer.concat([password, salt]), 'binary'), 'latin1')
  return timingSafeEqual(digest, bytes.subarray(0, form.length))
}
