import type { Card, Found, Funnel, List, Plan, PlanDiff, Revealed, Session, Trail } from './answers.ts'

/** Every call ends in one of these; none ever throws. `code` is of the server's closed list, or NETWORK_LOST. */
export type Outcome<T> = { ok: true; value: T } | { ok: false; code: string; retryAfter: number | null }

export const deskApi = '/helpdesk/api'
const deadlineMs = 20_000

const get = <T>(path: string) => call<T>('GET', deskApi + path)
const post = <T>(path: string, body: object = {}) => call<T>('POST', deskApi + path, body)

/** The calls of the helpdesk. The server has checked what it answers. */
export const desk = {
  session: () => get<Session>('/session'),
  search: (query: string) =>
    get<{ students: Found[]; more: boolean }>(`/students?query=${encodeURIComponent(query)}`),
  card: (number: string) => get<Card>(`/students/${number}`),
  reveal: (number: string, reason: string) =>
    post<Revealed>(`/students/${number}/key/reveal`, { reason, identity_checked: true }),
  replace: (number: string, reason: string) =>
    post<{ version: number; mailed: boolean }>(`/students/${number}/key/replace`, { reason }),
  lock: (number: string, reason: string) => post(`/students/${number}/lock`, { reason }),
  unlock: (number: string, reason: string) =>
    post(`/students/${number}/unlock`, reason === '' ? {} : { reason }),
  newAddress: (number: string, reason: string) =>
    post<{ mail: string; former: string | null }>(`/students/${number}/new-address`, { reason }),
  readAgain: (number: string) => post<{ result: string | null }>(`/students/${number}/read-again`),
  resend: (id: string) => post(`/letters/${id}/resend`),
  list: (name: string) => get<List>(`/lists/${name}`),
  plans: () => get<{ plans: Plan[] }>('/plans'),
  plan: (digest: string, after: string) =>
    get<PlanDiff>(`/plans/${digest}${after === '' ? '' : `?after=${after}`}`),
  approve: (digest: string) => post('/plans', { digest }),
  funnel: () => get<Funnel>('/funnel'),
  audit: (number: string, before: number | null) => {
    const asked = new URLSearchParams()
    if (number !== '') asked.set('number', number)
    if (before !== null) asked.set('before', String(before))
    return get<Trail>(`/audit?${asked.toString()}`)
  },
  signOut: () => call<{ to: string }>('POST', '/helpdesk/sign-out'),
}

async function call<T>(method: string, address: string, body?: object): Promise<Outcome<T>> {
  try {
    const answer = await fetch(address, {
      method,
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(deadlineMs),
      cache: 'no-store',
      credentials: 'same-origin',
    })
    const told: unknown = await answer.json().catch(() => null)
    if (answer.ok) return { ok: true, value: told as T }
    const { code, retry_after } = (told ?? {}) as { code?: unknown; retry_after?: unknown }
    return {
      ok: false,
      code: typeof code === 'string' ? code : 'UNEXPECTED',
      retryAfter: typeof retry_after === 'number' ? retry_after : null,
    }
  } catch {
    return { ok: false, code: 'NETWORK_LOST', retryAfter: null }
  }
}
