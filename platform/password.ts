/** Longest password taken, in bytes of UTF-8: beyond it, hashing is a way to exhaust us. */
export const passwordLimit = 1_024

/** The form in which a password is hashed by whoever sets it: Unicode NFC, so that « é » typed on one keyboard and
 *  pasted from another system is the same password. NIST 800-63B-4 offers NFKC or NFKD too, but directories compare
 *  what CAS, Zimbra or any client sends at bind byte by byte, and keyboards send NFC: a password with « ² » or a
 *  no-break space, folded by NFKC, would never match again. Nothing is normalised when a password is checked. */
export function normalisePassword(password: string): string {
  return password.normalize('NFC')
}
