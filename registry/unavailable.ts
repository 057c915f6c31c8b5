import { IdentityError } from '../platform/error.ts'

/** Classes of SQLSTATE after which the same statement may succeed later by itself: no connection (08), rolled back by a
 *  rival (40), no room (53), locked (55), being stopped or started (57), the disk or the system failing (58). */
const passing = new Set(['08', '40', '53', '55', '57', '58'])
/** A server that has become a standby for the moment. */
const readOnly = '25006'
/** « cached plan must not change result type »: prepared on this connection before a newer version of us changed the table. */
const outdated = '0A000'
/** Undone by a rival: the whole transaction may be tried again at once. */
const rival = new Set(['40001', '40P01', outdated])

/** A failure of the database in our words: UNAVAILABLE (transient) when the registry is full, gone or busy; anything
 *  else as it is, since it is a fault of ours. */
export function translated(error: Error & { code?: string }): Error {
  const sqlState = error.code ?? ''
  if (!passing.has(sqlState.slice(0, 2)) && sqlState !== readOnly && !isOutdated(error)) return error
  return new IdentityError('UNAVAILABLE', `the registry cannot do this now: ${error.message}`, {
    cause: error,
    transient: true,
    details: { sqlState },
  })
}

/** Whether the server refuses what it has prepared itself: on another connection the same statement will do. */
export function isOutdated(error: Error & { code?: string | undefined }): boolean {
  return error.code === outdated && error.message.includes('cached plan')
}

/** Whether a transaction was undone only because another one was in its way. */
export function isRivalry(error: unknown): boolean {
  return error instanceof IdentityError && rival.has(String(error.details['sqlState']))
}
