/** Why a call did not do what was asked. The server's closed list, as far as a student can meet it, and two
 *  of our own: the network is lost, and an answer that nobody foresaw. */
export const failureCodes = [
  'ADDRESS_INSTITUTIONAL',
  'ADDRESS_SHARED',
  'KEY_REFUSED',
  'KEY_REPLACED',
  'KEY_USED',
  'NETWORK_LOST',
  'PASSWORD_REFUSED',
  'PROGRESS_UNKNOWN',
  'REQUEST_INVALID',
  'RIGHT_MISSING',
  'TOKEN_REFUSED',
  'TOO_MANY_ATTEMPTS',
  'UNAVAILABLE',
  'UNEXPECTED',
] as const

export type FailureCode = (typeof failureCodes)[number]

/** Why a password is not accepted. */
export const refusalReasons = [
  'TOO_SHORT',
  'TOO_LONG',
  'COMMON',
  'GUESSABLE',
  'OWN_DATA',
  'NOT_TEXT',
] as const

export type RefusalReason = (typeof refusalReasons)[number]

export interface Failure {
  code: FailureCode
  /** When to try again; null when the server did not say. */
  retryAfterSeconds: number | null
  /** Empty unless the code is PASSWORD_REFUSED. */
  reasons: RefusalReason[]
}

/** What a student can do next, in the order in which it is offered. */
export type Remedy = 'sign-in' | 'reset' | 'ask'

export const remedies: Record<FailureCode, readonly Remedy[]> = {
  ADDRESS_INSTITUTIONAL: ['ask'],
  ADDRESS_SHARED: ['ask'],
  KEY_REFUSED: ['ask'],
  KEY_REPLACED: ['ask'],
  KEY_USED: ['sign-in', 'reset', 'ask'],
  NETWORK_LOST: [],
  PASSWORD_REFUSED: [],
  PROGRESS_UNKNOWN: ['sign-in', 'ask'],
  REQUEST_INVALID: ['ask'],
  RIGHT_MISSING: ['ask'],
  TOKEN_REFUSED: ['reset', 'ask'],
  TOO_MANY_ATTEMPTS: [],
  UNAVAILABLE: [],
  UNEXPECTED: ['ask'],
}

/** A failure without more to say. */
export function failureOf(code: FailureCode): Failure {
  return { code, retryAfterSeconds: null, reasons: [] }
}

/** Reads what the server answered instead of success: its status, its `Retry-After` header and its body
 *  (RFC 9457). A code outside the list, or no code, is judged by the status alone. */
export function readFailure(status: number, retryAfter: string | null, body: unknown): Failure {
  const problem = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}
  return {
    code: codeOf(problem['code'], status),
    retryAfterSeconds: secondsOf(retryAfter ?? problem['retry_after']),
    reasons: readReasons(problem['reasons']),
  }
}

/** The reasons of the closed list, in the server's order; anything else is left out. */
export function readReasons(value: unknown): RefusalReason[] {
  if (!Array.isArray(value)) return []
  return refusalReasons.filter((reason) => value.includes(reason))
}

function codeOf(code: unknown, status: number): FailureCode {
  const known = failureCodes.find((one) => one === code)
  if (known !== undefined) return known
  if (status === 429) return 'TOO_MANY_ATTEMPTS'
  if (status === 502 || status === 503 || status === 504) return 'UNAVAILABLE'
  if (status === 400 || status === 413 || status === 415) return 'REQUEST_INVALID'
  return 'UNEXPECTED'
}

function secondsOf(value: unknown): number | null {
  const seconds =
    typeof value === 'number' ? value : typeof value === 'string' && value !== '' ? Number(value) : NaN
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : null
}
