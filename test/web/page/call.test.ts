import { describe, expect, it } from 'vitest'
import { createApi } from '../../../web/page/call.ts'
import { failureCodes } from '../../../web/page/failure.ts'

interface Sent {
  address: string
  init: RequestInit
}

/** The client before a server that gives one answer, with what it was asked. */
function answering(status: number, body: unknown, headers: Record<string, string> = {}) {
  const sent: Sent[] = []
  const api = createApi((address, init) => {
    sent.push({ address, init })
    return Promise.resolve(
      new Response(typeof body === 'string' ? body : JSON.stringify(body), { status, headers }),
    )
  })
  return { api, sent }
}

describe('the calls of the page', () => {
  it('an activation sends number, key, password and the name of the attempt, and reads the account', async () => {
    const { api, sent } = answering(201, {
      login: '21100001',
      mail: 'a@b.fr',
      progress: 'p',
      personal_address: null,
    })
    expect(await api.activate({ studentNumber: '21100001', key: 'ABCDEFGHJKMN' }, 'pass', 'once')).toEqual({
      ok: true,
      value: { login: '21100001', mail: 'a@b.fr', progress: 'p', personalAddress: null },
    })
    expect(sent[0]?.address).toBe('/creation-motdepasse/api/activation')
    expect(sent[0]?.init.body).toBe('{"studentNumber":"21100001","key":"ABCDEFGHJKMN","password":"pass"}')
    expect(sent[0]?.init.headers).toMatchObject({
      'idempotency-key': 'once',
      'content-type': 'application/json',
    })
  })

  it('a strength is asked without a context when there is none', async () => {
    const { api, sent } = answering(200, { score: 9, acceptable: false, reasons: ['COMMON', 'NEWER_REASON'] })
    const outcome = await api.judge('x', null, new AbortController().signal)
    expect(sent[0]?.init.body).toBe('{"password":"x"}')
    expect(outcome).toEqual({ ok: true, value: { score: 4, acceptable: false, reasons: ['COMMON'] } })
  })

  it('every code of the contract is handed on, with the time to wait and the reasons', async () => {
    for (const code of failureCodes) {
      const { api } = answering(403, { code, reasons: ['TOO_SHORT'] }, { 'retry-after': '90' })
      expect(await api.verifyKey({ studentNumber: '21100001', key: 'K' })).toEqual({
        ok: false,
        failure: { code, retryAfterSeconds: 90, reasons: ['TOO_SHORT'] },
      })
    }
  })

  it('an answer without a code is judged by its status', async () => {
    const expected = {
      400: 'REQUEST_INVALID',
      413: 'REQUEST_INVALID',
      429: 'TOO_MANY_ATTEMPTS',
      503: 'UNAVAILABLE',
    }
    for (const [status, code] of Object.entries({ ...expected, 500: 'UNEXPECTED', 418: 'UNEXPECTED' })) {
      const { api } = answering(Number(status), '<html>a proxy</html>')
      expect(await api.verifyToken('t')).toMatchObject({
        ok: false,
        failure: { code, retryAfterSeconds: null },
      })
    }
  })

  it('a success of another shape is unforeseen, never half shown', async () => {
    for (const body of ['', 'null', '[]', '{"context":7}']) {
      const { api } = answering(200, body)
      expect(await api.verifyKey({ studentNumber: '21100001', key: 'K' })).toMatchObject({
        ok: false,
        failure: { code: 'UNEXPECTED' },
      })
    }
  })

  it('a lost network is a failure like another, not an exception', async () => {
    const api = createApi(() => Promise.reject(new TypeError('Failed to fetch')))
    expect(await api.requestReset('a@b.fr')).toMatchObject({ ok: false, failure: { code: 'NETWORK_LOST' } })
  })

  it('a step that this page does not know is left out of the progress', async () => {
    const step = { state: 'pending', started: '2026-09-14T08:00:00Z', due: '2026-09-14T09:00:00Z', at: null }
    const { api, sent } = answering(200, {
      login: '21100001',
      mail: null,
      can_sign_in: false,
      steps: [{ ...step, target: 'primary' }, { ...step, target: 'later' }, null],
    })
    const outcome = await api.progress('a/b')
    expect(sent[0]?.address).toBe('/creation-motdepasse/api/progress/a%2Fb')
    expect(outcome.ok && outcome.value.steps).toEqual([
      { target: 'primary', state: 'pending', due: new Date('2026-09-14T09:00:00Z'), at: null },
    ])
  })
})
