import {
  readActivated,
  readJudgement,
  readLinks,
  readNothing,
  readProgress,
  readResetDone,
  readVerified,
  type Activated,
  type Judgement,
  type Links,
  type Progress,
  type ResetDone,
  type Verified,
} from './answers.ts'
import { failureOf, readFailure, type Failure } from './failure.ts'

/** Every call ends in one of these; none ever throws. */
type Outcome<T> = { ok: true; value: T } | { ok: false; failure: Failure }

/** Whose key it is, as typed; the birth date (YYYY-MM-DD) only where the page asks it. */
export interface Bearer {
  studentNumber: string
  key: string
  birthDate?: string
}

/** The calls of the page, as the server's OpenAPI describes them. */
export interface Api {
  verifyKey(bearer: Bearer): Promise<Outcome<Verified>>
  /** `attempt` is the same for a repeated request, so that a lost answer can be asked for again. */
  activate(bearer: Bearer, password: string, attempt: string): Promise<Outcome<Activated>>
  requestReset(email: string): Promise<Outcome<Record<string, never>>>
  verifyToken(token: string): Promise<Outcome<Verified>>
  reset(token: string, password: string): Promise<Outcome<ResetDone>>
  /** An aborted judgement ends as NETWORK_LOST; nobody is waiting for it any more. */
  judge(password: string, context: string | null, signal: AbortSignal): Promise<Outcome<Judgement>>
  progress(id: string): Promise<Outcome<Progress>>
  links(): Promise<Outcome<Links>>
}

export const apiBase = '/creation-motdepasse/api'

/** Longer than any answer of a healthy server, shorter than anybody's patience. */
const deadlineMs = 20_000

type Fetch = (address: string, init: RequestInit) => Promise<Response>

/** The client. `send` is the browser's fetch unless a test gives another. */
export function createApi(send: Fetch = (address, init) => fetch(address, init)): Api {
  return {
    verifyKey: (bearer) => call(send, readVerified, '/activation/verify', { body: { ...bearer } }),
    activate: (bearer, password, attempt) =>
      call(send, readActivated, '/activation', { body: { ...bearer, password }, attempt }),
    requestReset: (email) => call(send, readNothing, '/reset-requests', { body: { email } }),
    verifyToken: (token) => call(send, readVerified, '/reset/verify', { body: { token } }),
    reset: (token, password) => call(send, readResetDone, '/reset', { body: { token, password } }),
    judge: (password, context, signal) =>
      call(send, readJudgement, '/password-strength', {
        body: context === null ? { password } : { password, context },
        signal,
      }),
    progress: (id) => call(send, readProgress, `/progress/${encodeURIComponent(id)}`, {}),
    links: () => call(send, readLinks, '/links', {}),
  }
}

interface Request {
  /** Present: a POST of this as JSON. Absent: a GET. */
  body?: Record<string, string>
  attempt?: string
  signal?: AbortSignal
}

async function call<T>(
  send: Fetch,
  read: (body: unknown) => T | null,
  path: string,
  request: Request,
): Promise<Outcome<T>> {
  try {
    const answer = await send(apiBase + path, initOf(request))
    const body = parse(await answer.text())
    if (!answer.ok) {
      return { ok: false, failure: readFailure(answer.status, answer.headers.get('retry-after'), body) }
    }
    const value = read(body)
    return value === null ? { ok: false, failure: failureOf('UNEXPECTED') } : { ok: true, value }
  } catch {
    return { ok: false, failure: failureOf('NETWORK_LOST') }
  }
}

/** A body that is no JSON, such as a proxy's own error page, counts as empty. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function initOf(request: Request): RequestInit {
  const deadline = AbortSignal.timeout(deadlineMs)
  const headers: Record<string, string> = { accept: 'application/json' }
  if (request.body !== undefined) headers['content-type'] = 'application/json'
  if (request.attempt !== undefined) headers['idempotency-key'] = request.attempt
  return {
    method: request.body === undefined ? 'GET' : 'POST',
    headers,
    ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
    signal: request.signal === undefined ? deadline : AbortSignal.any([deadline, request.signal]),
    cache: 'no-store',
    credentials: 'omit',
  }
}
