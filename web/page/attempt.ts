/** Names one attempt for the `Idempotency-Key` header. Not `randomUUID`: browsers offer that one on secure
 *  origins only, and a trial on a local network is plain HTTP. */
export function nameAttempt(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
}
