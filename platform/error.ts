/** Every way Matricule can fail, as one closed list. The same word stands in the log, the metric,
 *  the API answer and the runbook (docs/errors.md). */
export const errorCodes = [
  'ACCOUNT_LOCKED',
  'ACCOUNT_MISSING',
  'ADDRESS_INSTITUTIONAL',
  'ADDRESS_SHARED',
  'BOUNCES_UNREADABLE',
  'CANARY_OPEN',
  'CANARY_REFUSED',
  'COMMAND_FAILED',
  'DIRECTORY_BROKEN',
  'FEED_DENIED',
  'FEED_EMPTY',
  'FEED_ENCODING',
  'FEED_HEADER',
  'FEED_INCOMPLETE',
  'FEED_MANIFEST',
  'FEED_MISMATCH',
  'FEED_MISSING',
  'FEED_STALE',
  'FEED_TOO_MANY_SET_ASIDE',
  'FEED_UNREACHABLE',
  'HOLD_UNKNOWN',
  'HOME_IN_USE',
  'HOME_UNUSABLE',
  'KEYS_UNREADABLE',
  'KEY_ABSENT',
  'KEY_REFUSED',
  'KEY_REPLACED',
  'KEY_USED',
  'LEADER_ELSEWHERE',
  'LDIF_INVALID',
  'LETTER_FINAL',
  'LETTER_REFUSED',
  'LETTER_UNDELIVERED',
  'LETTER_UNKNOWN',
  'MERGES_INVALID',
  'PASSWORD_REFUSED',
  'PAYLOAD_TOO_LARGE',
  'PORT_BUSY',
  'PROGRESS_UNKNOWN',
  'REGISTRY_FAILED',
  'REQUEST_INVALID',
  'REQUEST_UNKNOWN',
  'RIGHT_MISSING',
  'ROLE_MISSING',
  'SEAL_BROKEN',
  'SETTINGS_INVALID',
  'SIGN_IN_FAILED',
  'SIGN_IN_NEEDED',
  'STUDENT_UNKNOWN',
  'TARGET_CONFLICT',
  'TARGET_REFUSED',
  'TARGET_UNAVAILABLE',
  'TOKEN_REFUSED',
  'TOO_MANY_ATTEMPTS',
  'UNAVAILABLE',
  'UNEXPECTED',
  'UNSUPPORTED_MEDIA_TYPE',
  'USAGE',
  'YEAR_CHANGED',
] as const

export type ErrorCode = (typeof errorCodes)[number]

export interface ErrorFacts {
  cause?: unknown
  /** True when the same act may succeed later without anybody changing anything. */
  transient?: boolean
  /** Facts for whoever reads the log; never a secret, a name or an address. */
  details?: Readonly<Record<string, unknown>>
}

/** The one error class of the house. Loops ask `transient` and nothing else. */
export class IdentityError extends Error {
  override readonly name = 'IdentityError'
  readonly code: ErrorCode
  readonly transient: boolean
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, message: string, facts: ErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause })
    this.code = code
    this.transient = facts.transient ?? false
    this.details = facts.details ?? {}
  }
}

/** Any thrown value as an IdentityError: ours as it is, anything else as `UNEXPECTED`. */
export function asIdentityError(thrown: unknown): IdentityError {
  if (thrown instanceof IdentityError) return thrown
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return new IdentityError('UNEXPECTED', message, { cause: thrown })
}
