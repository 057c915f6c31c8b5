import { ResultCodeError } from 'ldapts'
import { IdentityError } from '../../platform/error.ts'

/** Result codes (RFC 4511, 4.1.9) after which the same change may succeed by itself: the server is busy, away, read-only
 *  or full, our rights are being changed, or the entry moved between reading and writing (then it is read again). */
const transient = new Set([1, 3, 8, 10, 11, 13, 32, 48, 49, 50, 51, 52, 53, 68, 80, 122])

/** What a directory or the way to it said, as an error of ours. */
export function refusal(target: string, error: unknown): IdentityError {
  if (error instanceof IdentityError) return error
  if (error instanceof ResultCodeError) return answered(target, error.code, error)
  // Anything else comes from the connection: refused, reset, timed out, closed.
  return unavailable(target, 'cannot be reached', error)
}

/** A result code other than success. */
export function answered(target: string, resultCode: number, cause?: unknown): IdentityError {
  const gone = [49, 51, 52, 80].includes(resultCode)
  return new IdentityError(
    gone ? 'TARGET_UNAVAILABLE' : 'TARGET_REFUSED',
    `${target} answered ${resultCode}`,
    {
      cause,
      transient: transient.has(resultCode),
      details: { target, resultCode },
    },
  )
}

/** A directory that could not even be asked. */
export function unavailable(target: string, why: string, cause?: unknown): IdentityError {
  const resultCode = cause instanceof ResultCodeError ? cause.code : asked(cause)
  const details = resultCode === undefined ? { target } : { target, resultCode }
  return new IdentityError('TARGET_UNAVAILABLE', `${target}: ${why}`, { cause, transient: true, details })
}

function asked(cause: unknown): unknown {
  return cause instanceof IdentityError ? cause.details['resultCode'] : undefined
}
