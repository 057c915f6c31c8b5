import { describe, expect, test } from 'vitest'
import type { Flows } from '../../web/flows.ts'
import { api, appOver, done, password, pending, token } from './app-fixture.ts'

const ada = { studentNumber: '21100001', key: 'ABCD-2345-WXYZ' }
const posts: { path: string; act: keyof Flows; body: Record<string, unknown>; ok: number }[] = [
  { path: '/activation/verify', act: 'verifyKey', body: ada, ok: 200 },
  { path: '/activation', act: 'activate', body: { ...ada, password }, ok: 201 },
  { path: '/reset-requests', act: 'requestReset', body: { email: 'ada@example.org' }, ok: 202 },
  { path: '/reset/verify', act: 'verifyToken', body: { token }, ok: 200 },
  { path: '/reset', act: 'reset', body: { token, password }, ok: 200 },
  { path: '/password-strength', act: 'judge', body: { password }, ok: 200 },
]

describe('every call', () => {
  test.each(posts)('$path answers $ok in JSON that nobody keeps', async ({ path, act, body, ok }) => {
    await using page = await appOver()
    const answer = await page.post(path, body)
    expect(answer.statusCode).toBe(ok)
    expect(answer.headers['content-type']).toMatch(/^application\/json/)
    expect(answer.headers['cache-control']).toBe('no-store')
    expect(page.told.calls.map((call) => call.act)).toEqual([act])
  })

  test.each(posts)('$path waits for no registry that is down', async ({ path, act, body }) => {
    await using page = await appOver()
    page.told.fail(act, 'REGISTRY_FAILED', { transient: true })
    const answer = await page.post(path, body)
    expect(answer.statusCode).toBe(503)
    expect(answer.json()).toMatchObject({ code: 'UNAVAILABLE', status: 503 })
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
    expect(answer.json<{ retry_after: number }>().retry_after).toBe(Number(answer.headers['retry-after']))
  })

  test.each(posts)('$path says nothing of what went wrong inside', async ({ path, act, body }) => {
    for (const fail of ['STUDENT_UNKNOWN', 'SEAL_BROKEN', 'UNEXPECTED'] as const) {
      await using page = await appOver()
      page.told.fail(act, fail, { details: { number: '21100001' }, cause: new Error('secret') })
      const answer = await page.post(path, body)
      expect(answer.statusCode).toBe(500)
      expect(answer.json()).toEqual({
        type: 'urn:problem-type:matricule:unexpected',
        title: 'Something unexpected happened',
        status: 500,
        code: 'UNEXPECTED',
      })
      expect(page.log.lines.filter((line) => line.level === 'error')).toHaveLength(1)
    }
  })

  test.each(posts)('$path survives anything thrown', async ({ path, act, body }) => {
    for (const thrown of [new Error('inner'), 'inner', null, { statusCode: 'inner' }, 7]) {
      await using page = await appOver()
      page.told.throwing(act, thrown)
      const answer = await page.post(path, body)
      expect(answer.statusCode).toBe(500)
      expect(answer.body).not.toContain('inner')
    }
  })

  const refusals: [keyof Flows, Parameters<ReturnType<typeof said>>[0], number][] = [
    ['verifyKey', 'KEY_REFUSED', 403],
    ['verifyKey', 'KEY_USED', 409],
    ['verifyKey', 'KEY_REPLACED', 409],
    ['verifyKey', 'RIGHT_MISSING', 409],
    ['verifyKey', 'ADDRESS_SHARED', 409],
    ['verifyKey', 'TOO_MANY_ATTEMPTS', 429],
    ['activate', 'KEY_REFUSED', 403],
    ['activate', 'KEY_USED', 409],
    ['activate', 'KEY_REPLACED', 409],
    ['activate', 'RIGHT_MISSING', 409],
    ['activate', 'ADDRESS_SHARED', 409],
    ['activate', 'TOO_MANY_ATTEMPTS', 429],
    ['verifyToken', 'TOKEN_REFUSED', 403],
    ['verifyToken', 'TOO_MANY_ATTEMPTS', 429],
    ['reset', 'TOKEN_REFUSED', 403],
    ['reset', 'TOO_MANY_ATTEMPTS', 429],
    ['judge', 'TOO_MANY_ATTEMPTS', 429],
  ]
  function said(page: Awaited<ReturnType<typeof appOver>>, act: keyof Flows) {
    return async (code: Parameters<typeof page.told.fail>[1]) => {
      page.told.fail(act, code)
      const call = posts.find((post) => post.act === act)
      return page.post(call?.path ?? '', call?.body ?? {})
    }
  }
  test.each(refusals)('%s that throws %s answers %i as a problem', async (act, code, status) => {
    await using page = await appOver()
    const answer = await said(page, act)(code)
    expect(answer.statusCode).toBe(status)
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
    expect(answer.json()).toMatchObject({ code, status })
    expect(answer.body).not.toContain('Ada')
  })

  test.each([['/activation'], ['/reset']])('%s tells why a password is refused', async (path) => {
    await using page = await appOver()
    const call = posts.find((post) => post.path === path)
    if (call === undefined) throw new Error(path)
    page.told.fail(call.act, 'PASSWORD_REFUSED', { details: { reasons: ['COMMON', 'TOO_SHORT'] } })
    const answer = await page.post(path, call.body)
    expect(answer.statusCode).toBe(422)
    expect(answer.json()).toMatchObject({ code: 'PASSWORD_REFUSED', reasons: ['COMMON', 'TOO_SHORT'] })
  })

  test('the time to wait comes from the flow, rounded up', async () => {
    await using page = await appOver()
    page.told.fail('verifyKey', 'TOO_MANY_ATTEMPTS', { details: { retryAfterSeconds: 61.2 } })
    const answer = await page.post('/activation/verify', ada)
    expect(answer.headers['retry-after']).toBe('62')
    expect(answer.json()).toMatchObject({ retry_after: 62 })
  })
})

describe('what the flows are given', () => {
  test('the network of the caller, and the key as it was typed', async () => {
    await using page = await appOver()
    await page.post('/activation/verify', { ...ada, key: ' abcd 2345 wxyz ' })
    expect(page.told.calls[0]?.input).toEqual({ ...ada, key: ' abcd 2345 wxyz ', network: '127.0.0.1' })
  })

  test('a forwarded address counts only behind a proxy we trust', async () => {
    const forwarded = { 'x-forwarded-for': '2001:db8:7:8:9::1' }
    await using open = await appOver()
    await open.post('/activation/verify', ada, forwarded)
    expect(open.told.calls[0]?.input).toMatchObject({ network: '127.0.0.1' })
    await using behind = await appOver({ trustProxy: ['127.0.0.1'] })
    await behind.post('/activation/verify', ada, forwarded)
    expect(behind.told.calls[0]?.input).toMatchObject({ network: '2001:db8:7:8::/64' })
  })

  test('the idempotency key, which must be visible ASCII of 1 to 128 characters', async () => {
    await using page = await appOver()
    const body = { ...ada, password }
    await page.post('/activation', body)
    await page.post('/activation', body, { 'idempotency-key': '!7f~' })
    expect(page.told.calls.map((call) => (call.input as { idempotencyKey: unknown }).idempotencyKey)).toEqual(
      [null, '!7f~'],
    )
    for (const refused of ['', 'two words', 'é', 'x'.repeat(129)]) {
      const answer = await page.post('/activation', body, { 'idempotency-key': refused })
      expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([400, 'REQUEST_INVALID'])
    }
    expect(page.told.calls).toHaveLength(2)
  })

  test('a password of 4,096 characters reaches the judgement, one more is refused at the door', async () => {
    await using page = await appOver()
    expect((await page.post('/password-strength', { password: 'x'.repeat(4096) })).statusCode).toBe(200)
    expect((await page.post('/password-strength', { password: 'x'.repeat(4097) })).statusCode).toBe(400)
    expect((await page.post('/password-strength', { password: '\ud800', context: 'c' })).statusCode).toBe(200)
  })
})

describe('a reset request', () => {
  test.each([
    ['two addresses', 'ada@example.org,eve@example.org'],
    ['two at signs', 'ada@example.org@example.com'],
    ['a header more', 'ada@example.org\r\nBcc: eve@example.org'],
    ['a space inside', 'ada lovelace@example.org'],
    ['a name', 'Ada <ada@example.org>'],
    ['no domain', 'ada@'],
    ['no at sign', 'ada'],
    ['an invisible mark', 'ada\u200b@example.org'],
    ['more than 254 characters', `${'a'.repeat(250)}@b.fr`],
  ])('with %s is no request', async (_what, email) => {
    await using page = await appOver()
    const answer = await page.post('/reset-requests', { email })
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([400, 'REQUEST_INVALID'])
    expect(page.told.calls).toEqual([])
  })

  test.each(['a@sorbonne-universite.fr', 'a@ETU.Sorbonne-Universite.FR', ' b@upmc.fr '])(
    'for %s says that a personal address is expected',
    async (email) => {
      await using page = await appOver()
      const answer = await page.post('/reset-requests', { email })
      expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([
        400,
        'ADDRESS_INSTITUTIONAL',
      ])
      expect(page.told.calls).toEqual([])
    },
  )

  test('for anything that can be an address has one and the same answer', async () => {
    await using page = await appOver({ requestsPerMinute: 3 })
    const emails = [
      'ada@example.org',
      'ſtranger@example.org',
      'a@not-upmc.fr',
      'x+y@xn--a.org',
      'ada@localhost',
    ]
    for (const email of emails) {
      const answer = await page.post('/reset-requests', { email })
      expect([answer.statusCode, answer.body]).toEqual([202, '{}'])
    }
    expect(page.told.calls).toHaveLength(emails.length)
  })
})

test.each(['', 'short', `${token}x`, `${token.slice(1)}é`, `${token}\n`])(
  'a token of another form is refused like an unknown one',
  async (text) => {
    await using page = await appOver()
    for (const [path, body] of [
      ['/reset/verify', { token: text }],
      ['/reset', { token: text, password }],
    ] as const) {
      const answer = await page.post(path, body)
      expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([403, 'TOKEN_REFUSED'])
    }
    expect(page.told.calls).toEqual([])
  },
)

test('an answer that has not the promised form never leaves', async () => {
  await using page = await appOver()
  page.told.flows.reset = () => Promise.resolve({ login: '21100001', progress: 'p', secret: 'verifier' })
  page.told.flows.judge = () => Promise.resolve({ score: 1, acceptable: false, reasons: ['SECRET'] })
  for (const [path, body] of [
    ['/reset', { token, password }],
    ['/password-strength', { password }],
  ] as const) {
    const answer = await page.post(path, body)
    expect(answer.statusCode).toBe(500)
    expect(answer.body.toLowerCase()).not.toMatch(/secret|verifier/)
  }
})

describe('the coarse limit', () => {
  test('counts all calls of a network together, and says when to come back', async () => {
    await using page = await appOver({ requestsPerMinute: 2 })
    await page.post('/activation/verify', ada)
    await page.post('/activation/verify', ada)
    const answer = await page.post('/reset/verify', { token })
    expect(answer.statusCode).toBe(429)
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
    expect(answer.json()).toMatchObject({ code: 'TOO_MANY_ATTEMPTS' })
    expect(Number(answer.headers['retry-after'])).toBeLessThanOrEqual(60)
    expect(answer.headers).not.toHaveProperty('x-ratelimit-limit')
    expect(page.told.calls).toHaveLength(2)
    const other = await page.app.inject({ url: `${api}/links`, remoteAddress: '192.0.2.7' })
    expect(other.statusCode).toBe(200)
  })

  test('counts apart who follows an account: a campus that waits for its own keeps nobody from activating', async () => {
    await using page = await appOver({ requestsPerMinute: 2 })
    const followed = []
    for (let each = 0; each < 4; each++)
      followed.push((await page.app.inject(`${api}/progress/h2Jk9sPqW4`)).statusCode)
    expect(followed).toEqual([200, 200, 429, 429])
    expect((await page.post('/activation/verify', ada)).statusCode).toBe(200)
  })
})

describe('progress', () => {
  test('is answered as JSON, to HEAD as well', async () => {
    await using page = await appOver()
    const answer = await page.app.inject({ url: `${api}/progress/h2Jk9sPqW4` })
    expect([answer.statusCode, answer.json()]).toEqual([200, pending])
    const accept = 'text/event-stream'
    const head = await page.app.inject({
      method: 'HEAD',
      url: `${api}/progress/h2Jk9sPqW4`,
      headers: { accept },
    })
    expect([head.statusCode, head.body]).toEqual([200, ''])
  })

  test.each(['nobody', 'a%20b', '%00', 'x'.repeat(129)])('%s is unknown', async (id) => {
    await using page = await appOver()
    page.told.fail('progress', 'PROGRESS_UNKNOWN')
    for (const accept of ['application/json', 'text/event-stream']) {
      const answer = await page.app.inject({ url: `${api}/progress/${id}`, headers: { accept } })
      expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([404, 'PROGRESS_UNKNOWN'])
    }
  })

  test('as events, ends at once when everything is done', async () => {
    await using page = await appOver()
    page.told.progress = done
    const answer = await page.app.inject({
      url: `${api}/progress/h2Jk9sPqW4`,
      headers: { accept: 'text/event-stream' },
    })
    expect(answer.headers['content-type']).toMatch(/^text\/event-stream/)
    expect(answer.headers['cache-control']).toBe('no-store')
    expect(answer.headers['content-security-policy']).toContain("default-src 'none'")
    expect(answer.body).toBe(`retry: 10000\n\nevent: progress\ndata: ${JSON.stringify(done)}\n\n`)
  })
})

test('the links and contacts are those of the settings', async () => {
  await using page = await appOver()
  const answer = await page.app.inject({ url: `${api}/links` })
  expect(answer.json()).toEqual({
    webmail: 'https://zcs.example.fr',
    ent: null,
    ent_upmc: null,
    cas: null,
    services: ['https://moodle.example.fr/'],
    contacts: [{ name_fr: 'Faculté des Lettres', name_en: 'Faculty of Arts', contact: 'aide@example.fr' }],
  })
})

test('a request is logged by its route, without address, number or caller', async () => {
  await using page = await appOver()
  await page.app.inject({ url: `${api}/progress/h2Jk9sPqW4?x=ada` })
  await page.post('/activation', { ...ada, password })
  await page.app.inject({ url: '/nowhere/ada' })
  const requests = page.log.lines.filter((line) => line.event === 'request')
  expect(
    requests.map((line) => [line.facts?.['method'], line.facts?.['route'], line.facts?.['status']]),
  ).toEqual([
    ['GET', `${api}/progress/:id`, 200],
    ['POST', `${api}/activation`, 201],
    ['GET', null, 404],
  ])
  expect(requests.map((line) => Object.keys(line.facts ?? {}).sort())).toEqual(
    Array(3).fill(['method', 'ms', 'route', 'status']),
  )
})

test('the description covers every call, each with an example', async () => {
  await using page = await appOver()
  const answer = await page.app.inject({ url: `${api}/openapi.json` })
  const described = answer.json<{
    openapi: string
    paths: Record<string, Record<string, { description?: string; responses: Record<string, unknown> }>>
  }>()
  expect(described.openapi).toBe('3.1.0')
  expect(Object.keys(described.paths).sort()).toEqual(
    [...posts.map((post) => api + post.path), `${api}/links`, `${api}/progress/{id}`].sort(),
  )
  for (const [path, methods] of Object.entries(described.paths)) {
    for (const call of Object.values(methods)) {
      expect(call.description, path).toBeTruthy()
      expect(JSON.stringify(call), path).toContain('"example')
    }
  }
})
