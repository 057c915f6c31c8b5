import { ResultCodeError } from 'ldapts'
import { IdentityError } from '../../platform/error.ts'

/** Result codes (RFC 4511, 4.1.9) after which the same change may succeed by itself: the server is busy, away, read-only
 *  or full, our rights are being changed, or the entry moved between reading and writing (then it is read again). */
const transient = new Set([1, 3, 8, 10, 11, 13, 32, 48, 49, 50, 51, 52, 53, 68, 80, 122])

/** What a directory or the way to it said, as an error of ours. */
export function refusal(target: string, error: unknown): IdentityError {
  if (error instanceof IdentityError) return error
  if (error instanceof ResultCodeError) {
    const gone = [49, 51, 52, 80].includes(error.code)
    return new IdentityError(
      gone ? 'TARGET_UNAVAILABLE' : 'TARGET_REFUSED',
      `${target} answered ${error.code}`,
      {
        cause: error,
        transient: transient.has(error.code),
        details: { target, resultCode: error.code },
      },
    )
  }
  // Anything else comes from the connection: refused, reset, timed out, closed.
  return unavailable(target, 'cannot be reached', error)
}

/** A directory that could not even be asked. */
export function unavailable(target: string, why: string, cause?: unknown): IdentityError {
  const details = cause instanceof ResultCodeError ? { target, resultCode: cause.code } : { target }
  return new IdentityError('TARGET_UNAVAILABLE', `${target}: ${why}`, { cause, transient: true, details })
}
