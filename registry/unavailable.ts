import { IdentityError } from '../platform/error.ts'

/** Classes of SQLSTATE after which the same statement may succeed later by itself: no connection (08), rolled back by a
 *  rival (40), no room (53), being stopped or started (57), the disk or the system failing (58). */
const passing = new Set(['08', '40', '53', '57', '58'])

/** A failure of the database in our words: UNAVAILABLE (transient) when the registry is full, gone or busy; anything
 *  else as it is, since it is a fault of ours. */
export function translated(error: Error & { code?: string }): Error {
  if (!passing.has(error.code?.slice(0, 2) ?? '')) return error
  return new IdentityError('UNAVAILABLE', `the registry cannot do this now: ${error.message}`, {
    cause: error,
    transient: true,
    details: { sqlState: error.code },
  })
}
