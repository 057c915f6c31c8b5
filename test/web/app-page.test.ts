import { afterAll, describe, expect, test } from 'vitest'
import { api, appOver, pageFolder } from './app-fixture.ts'

const built = pageFolder()
afterAll(built.remove)
const withPage = { pageFolder: built.folder }

const policy =
  "default-src 'none';script-src 'self';style-src 'self';img-src 'self' data:;connect-src 'self';form-action 'self';base-uri 'none';frame-ancestors 'none'"

describe('the page', () => {
  test('is the same bytes with and without the final slash, and at its accessibility statement', async () => {
    await using page = await appOver(withPage)
    for (const url of [
      '/creation-motdepasse',
      '/creation-motdepasse/',
      '/accessibilite',
      '/creation-motdepasse/?x=1',
    ]) {
      const answer = await page.app.inject({ url })
      expect([answer.statusCode, answer.body], url).toEqual([
        200,
        '<!doctype html><title>Votre identité numérique</title>',
      ])
      expect(answer.headers['content-type']).toBe('text/html; charset=utf-8')
      expect(answer.headers['cache-control']).toBe('no-store')
      const head = await page.app.inject({ method: 'HEAD', url })
      expect([head.statusCode, head.body, head.headers['content-length']]).toEqual([
        200,
        '',
        answer.headers['content-length'],
      ])
    }
  })

  test('is found from the root', async () => {
    await using page = await appOver(withPage)
    const answer = await page.app.inject({ url: '/' })
    expect([answer.statusCode, answer.headers.location]).toEqual([302, '/creation-motdepasse/'])
  })

  test('has assets that may be kept for ever', async () => {
    await using page = await appOver(withPage)
    const answer = await page.app.inject({ url: '/creation-motdepasse/assets/page-1a2b3c.js' })
    expect([answer.statusCode, answer.body]).toEqual([200, 'export {}\n'])
    expect(answer.headers['cache-control']).toBe('public, max-age=31536000, immutable')
    expect(answer.headers['content-type']).toMatch(/javascript/)
  })

  test.each([
    '/creation-motdepasse/assets/',
    '/creation-motdepasse/assets/gone.js',
    '/creation-motdepasse/.hidden',
    '/creation-motdepasse/../package.json',
    '/creation-motdepasse/%2e%2e/%2e%2e/package.json',
    '/creation-motdepasse/..%2f..%2fetc%2fpasswd',
    '/creation-motdepasse/assets%5c..%5c.hidden',
  ])('has nothing at %s', async (url) => {
    await using page = await appOver(withPage)
    const answer = await page.app.inject({ url })
    expect(answer.statusCode).toBe(404)
    expect(answer.headers['cache-control']).toBe('no-store')
  })

  test('that was not built is told to the log, and the API still answers', async () => {
    await using page = await appOver()
    expect(page.log.lines).toEqual([{ level: 'warn', event: 'page-missing', facts: { folder: '/nowhere' } }])
    expect((await page.app.inject({ url: '/creation-motdepasse/' })).statusCode).toBe(404)
    expect((await page.app.inject({ url: `${api}/links` })).statusCode).toBe(200)
  })
})

describe('what does not exist', () => {
  test('is a small page in two languages for people', async () => {
    await using page = await appOver(withPage)
    const answer = await page.app.inject({ url: '/nowhere' })
    expect(answer.statusCode).toBe(404)
    expect(answer.headers['content-type']).toMatch(/^text\/html/)
    expect(answer.body).toContain('Cette page n’existe pas')
    expect(answer.body).toContain('<div lang="en">')
    expect(answer.body).not.toContain('nowhere')
  })

  test.each([
    ['GET', api],
    ['GET', `${api}/nowhere?x=1`],
    ['GET', `${api}/activation`],
    ['POST', `${api}/links`],
    ['DELETE', `${api}/reset`],
    ['GET', '/helpdesk/api/nowhere'],
    ['POST', '/nowhere'],
  ] as const)('is a problem for programs: %s %s', async (method, url) => {
    await using page = await appOver(withPage)
    for (const headers of [{}, { 'content-type': 'text/xml' }]) {
      const answer = await page.app.inject({
        method,
        url,
        headers,
        ...(method === 'GET' ? {} : { payload: '<x/>' }),
      })
      expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([404, 'REQUEST_UNKNOWN'])
    }
  })

  test('is a problem too when the address cannot be read', async () => {
    await using page = await appOver(withPage)
    const answer = await page.app.inject({ url: `${api}/progress/%E0%A4%A` })
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([400, 'REQUEST_INVALID'])
    expect(answer.headers['x-content-type-options']).toBe('nosniff')
    const long = await page.app.inject({ url: `${api}/progress/${'x'.repeat(300)}` })
    expect(long.statusCode).toBeGreaterThanOrEqual(400)
    expect(long.statusCode).toBeLessThan(500)
    expect(long.headers['content-type']).toMatch(/^application\/problem\+json/)
  })
})

describe('the protective headers', () => {
  const everywhere = [
    '/',
    '/creation-motdepasse/',
    '/creation-motdepasse/assets/page-1a2b3c.js',
    '/nowhere',
    `${api}/links`,
  ]
  test.each(everywhere)('stand on %s', async (url) => {
    await using page = await appOver(withPage)
    const { headers } = await page.app.inject({ url, headers: { origin: 'https://elsewhere.example' } })
    expect(headers).toMatchObject({
      'content-security-policy': policy,
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'strict-transport-security': 'max-age=31536000; includeSubDomains',
    })
    expect(headers).not.toHaveProperty('set-cookie')
    expect(headers).not.toHaveProperty('access-control-allow-origin')
    expect(headers).not.toHaveProperty('x-powered-by')
  })

  test('ask for https only where the page is served over https', async () => {
    await using page = await appOver({ baseUrl: 'http://localhost:8080' })
    const { headers } = await page.app.inject({ url: `${api}/links` })
    expect(headers).not.toHaveProperty('strict-transport-security')
  })
})

describe('a request that changes something', () => {
  const send = async (headers: Record<string, string>, baseUrl = 'https://compte.example.fr') => {
    await using page = await appOver({ baseUrl })
    const answer = await page.post('/reset-requests', { email: 'ada@example.org' }, headers)
    return { status: answer.statusCode, calls: page.told.calls.length, body: answer.body }
  }

  test.each([
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'cross-site', origin: 'https://compte.example.fr' },
    { origin: 'https://elsewhere.example' },
    { origin: 'http://compte.example.fr' },
    { origin: 'https://compte.example.fr.elsewhere.example' },
    { origin: 'https://other.example.fr', 'sec-fetch-site': 'same-site' },
    { origin: 'null' },
    { origin: 'http://localhost:8080' },
    { origin: 'no address' },
  ])('is refused when a browser says %j', async (headers) => {
    const { status, calls, body } = await send(headers)
    expect([status, calls]).toEqual([403, 0])
    expect(JSON.parse(body)).toMatchObject({ code: 'REQUEST_INVALID', status: 403 })
  })

  test.each([
    {},
    { origin: 'https://compte.example.fr' },
    { origin: 'https://compte.example.fr', 'sec-fetch-site': 'same-origin' },
    { origin: 'null', 'sec-fetch-site': 'same-origin' },
  ])('is heard when it says %j', async (headers) => {
    expect(await send(headers)).toMatchObject({ status: 202, calls: 1 })
  })

  test('is heard from every name of the same machine in the demonstration', async () => {
    const base = 'http://localhost:8080'
    expect(await send({ origin: 'http://127.0.0.1:8080' }, base)).toMatchObject({ status: 202 })
    expect(await send({ origin: 'http://[::1]:8080' }, base)).toMatchObject({ status: 202 })
    expect(await send({ origin: 'http://127.0.0.1.elsewhere.example' }, base)).toMatchObject({ status: 403 })
  })
})
