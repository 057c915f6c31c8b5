import { randomBelow, type Chance } from '../platform/chance.ts'
import { IdentityError, type ErrorCode } from '../platform/error.ts'

/** What a caller learns of a failure (RFC 9457, `application/problem+json`). `code` is for programs,
 *  `title` for developers; what a student reads is chosen by the page from the code. */
export interface Problem {
  type: string
  title: string
  status: number
  code: PublicCode
  /** Which part of the request is wrong; never what was in it. */
  detail?: string
  /** Why a password is refused. */
  reasons?: string[]
  /** Whole seconds; the same number stands in the Retry-After header. */
  retry_after?: number
}

/** The codes that a caller of the page may see, with their status. Any other failure is UNAVAILABLE or UNEXPECTED. */
export const pageAnswers = {
  REQUEST_INVALID: { status: 400, title: 'The request does not have the expected form' },
  ADDRESS_INSTITUTIONAL: { status: 400, title: 'A personal address is expected, not one of the university' },
  KEY_REFUSED: { status: 403, title: 'The number and the key do not go together' },
  TOKEN_REFUSED: { status: 403, title: 'The link is unknown, used or expired' },
  PROGRESS_UNKNOWN: { status: 404, title: 'Nothing is followed under this identifier' },
  REQUEST_UNKNOWN: { status: 404, title: 'There is nothing at this address' },
  ADDRESS_SHARED: { status: 409, title: 'Several students have given the same personal address' },
  KEY_REPLACED: { status: 409, title: 'A newer key has replaced this one' },
  KEY_USED: { status: 409, title: 'The account exists already' },
  RIGHT_MISSING: { status: 409, title: 'No enrolment is open for this student' },
  PAYLOAD_TOO_LARGE: { status: 413, title: 'The request is too large' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'Only application/json is understood' },
  PASSWORD_REFUSED: { status: 422, title: 'The password is not acceptable' },
  TOO_MANY_ATTEMPTS: { status: 429, title: 'Too many attempts from this network' },
  UNEXPECTED: { status: 500, title: 'Something unexpected happened' },
  UNAVAILABLE: { status: 503, title: 'The service is unavailable for a moment' },
} as const satisfies Partial<Record<ErrorCode, { status: number; title: string }>>

/** Those that staff may see beside them. */
export const staffAnswers = {
  SIGN_IN_NEEDED: { status: 401, title: 'Nobody is signed in' },
  ROLE_MISSING: { status: 403, title: 'This takes a role, or a faculty, that you do not have' },
  SIGN_IN_FAILED: { status: 403, title: 'The sign-in could not be completed' },
  HOLD_UNKNOWN: { status: 404, title: 'Nothing waits for approval under this digest' },
  LETTER_UNKNOWN: { status: 404, title: 'There is no such letter' },
  STUDENT_UNKNOWN: { status: 404, title: 'There is no such student' },
  ACCOUNT_LOCKED: { status: 409, title: 'The account is locked' },
  ACCOUNT_MISSING: { status: 409, title: 'There is no account to do that to' },
  KEY_ABSENT: { status: 409, title: 'There is no key to be shown' },
  LETTER_FINAL: { status: 409, title: 'A letter of this kind is not sent again' },
} as const satisfies Partial<Record<ErrorCode, { status: number; title: string }>>

const answers = { ...pageAnswers, ...staffAnswers }

export type PageCode = keyof typeof pageAnswers
export type PublicCode = keyof typeof answers
export const problemMediaType = 'application/problem+json'

/** A problem made from a code alone. `status` replaces the usual one of that code. */
export function problem(code: PublicCode, more: Partial<Omit<Problem, 'code'>> = {}): Problem {
  return {
    type: `urn:problem-type:matricule:${code.toLowerCase().replaceAll('_', '-')}`,
    title: answers[code].title,
    status: answers[code].status,
    code,
    ...more,
  }
}

/** The one translation from anything thrown to what the caller learns, on the page or (`staff`) at the helpdesk: a
 *  student must not be told what staff are. Nothing of the message, the cause or the other details is let out. `chance`
 *  spreads the return of callers who were told to wait without a time. */
export function problemOf(thrown: unknown, chance: Chance, staff = false): Problem {
  if (!(thrown instanceof IdentityError)) return problemOfFramework(thrown)
  const code = publicCode(thrown, staff)
  const seconds = retryAfter(thrown, code, chance)
  const reasons = thrown.details['reasons']
  return problem(code, {
    ...(seconds === null ? {} : { retry_after: seconds }),
    ...(code === 'PASSWORD_REFUSED' && isTexts(reasons) ? { reasons: [...reasons] } : {}),
  })
}

function publicCode(error: IdentityError, staff: boolean): PublicCode {
  if (Object.hasOwn(staff ? answers : pageAnswers, error.code)) return error.code as PublicCode
  return error.transient ? 'UNAVAILABLE' : 'UNEXPECTED'
}

function retryAfter(error: IdentityError, code: PublicCode, chance: Chance): number | null {
  if (code !== 'TOO_MANY_ATTEMPTS' && code !== 'UNAVAILABLE') return null
  const seconds = error.details['retryAfterSeconds']
  if (typeof seconds === 'number' && Number.isFinite(seconds)) return Math.max(1, Math.ceil(seconds))
  return code === 'UNAVAILABLE' ? 5 + randomBelow(chance, 10) : 60
}

/** Errors of Fastify and its plugins: they carry `statusCode`, and `validation` when a schema refused. */
function problemOfFramework(thrown: unknown): Problem {
  const { statusCode, validation } = (thrown ?? {}) as { statusCode?: unknown; validation?: unknown }
  if (Array.isArray(validation)) return problem('REQUEST_INVALID', detailOf(validation))
  // 403 comes from the files of the page alone: folders, and paths that try to leave theirs.
  if (statusCode === 403 || statusCode === 404) return problem('REQUEST_UNKNOWN')
  if (statusCode === 413) return problem('PAYLOAD_TOO_LARGE')
  if (statusCode === 415) return problem('UNSUPPORTED_MEDIA_TYPE')
  const theirs = typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500
  return theirs ? problem('REQUEST_INVALID') : problem('UNEXPECTED')
}

/** Names the known fields that are wrong. Paths come from our schemas, never from the request:
 *  an unknown key is reported at its parent, which is the empty path. */
function detailOf(validation: unknown[]): { detail?: string } {
  const paths = validation.map((issue) => (issue as { instancePath?: unknown }).instancePath)
  const fields = [...new Set(paths)].flatMap((path) =>
    typeof path === 'string' && path.length > 1 ? [path.slice(1)] : [],
  )
  return fields.length === 0 ? {} : { detail: `Wrong or missing: ${fields.join(', ')}` }
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}
