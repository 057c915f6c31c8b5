import { SignJWT, UnsecuredJWT, type JWTPayload } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createProvider } from '../../../web/helpdesk/provider.ts'
import { callbackUrl } from '../../../web/helpdesk/sign-in.ts'
import { openDesk, type OpenDesk, type Visitor } from '../../run/desk.ts'
import { eventually } from '../../run/eventually.ts'
import { lyingClient, openLyingProvider, type LyingProvider } from '../../run/lying-provider.ts'
import { hour, minute } from '../../run/moved-clock.ts'
import { openStage, type Stage } from '../../run/stage.ts'

let stage: Stage
let desk: OpenDesk
beforeAll(async () => {
  stage = await openStage()
  desk = await openDesk(stage)
})
afterAll(async () => {
  await desk[Symbol.asyncDispose]()
  await stage[Symbol.asyncDispose]()
})
beforeEach(() => stage.afresh())

const status = async (staff: Visitor) => (await staff.get('/session')).status
const failed = '/helpdesk#/refus/SIGN_IN_FAILED'

test('each member of staff signs in at the provider, with the roles and faculties that it names', async () => {
  for (const [id, scope] of [
    ['support', null],
    ['registrar', null],
    ['security', null],
    ['operator', null],
    ['support-lettres', ['LET']],
  ] as const) {
    const staff = desk.visitor()
    expect(await staff.signIn(id)).toBe('/helpdesk')
    expect((await staff.get('/session')).body).toMatchObject({ roles: [id.split('-')[0]], scope })
  }
})

test('nobody is asked for with less than PKCE, a nonce and a state, new ones each time', async () => {
  const asked = await Promise.all(
    [1, 2].map(async () => (await desk.visitor().send('/helpdesk/sign-in')).headers.get('location')),
  )
  const [one, other] = asked.map((url) => new URL(url ?? '').searchParams)
  for (const name of ['state', 'nonce', 'code_challenge']) {
    expect(one?.get(name)?.length).toBeGreaterThanOrEqual(43)
    expect(one?.get(name)).not.toBe(other?.get(name))
  }
  expect(one?.get('code_challenge_method')).toBe('S256')
  expect(one?.get('redirect_uri')).toBe(desk.baseUrl + callbackUrl)
})

test('the cookie is for this host and no script, and holds nothing but chance', async () => {
  const staff = desk.visitor()
  const back = await staff.choose(await staff.choices(), 'support')
  const { headers } = await staff.send(back)
  const cookie = headers.getSetCookie().find((line) => line.startsWith('matricule-staff=')) ?? ''
  expect(cookie).toMatch(/^matricule-staff=[0-9A-Za-z]{43}; /)
  expect(cookie).toContain('HttpOnly')
  expect(cookie).toContain('SameSite=Lax')
  expect(headers.getSetCookie().join()).toMatch(/matricule-sign-in=;/)
})

describe('what came back from the provider', () => {
  test('works once, and in the browser that began', async () => {
    const staff = desk.visitor()
    const choices = await staff.choices()
    const kept = new Map(staff.cookies)
    const back = await staff.choose(choices, 'operator')

    const other = desk.visitor()
    expect((await other.send(back)).headers.get('location')).toBe(failed)
    await other.choices()
    expect((await other.send(back)).headers.get('location')).toBe(failed)
    expect(await status(other)).toBe(401)

    // The code has been spent at the provider by the last try but one, or not: with our own cookie it is good once.
    expect((await staff.send(back)).headers.get('location')).toBe('/helpdesk')
    expect(await status(staff)).toBe(200)
    expect((await staff.send(back)).headers.get('location')).toBe(failed)
    const thief = desk.visitor()
    for (const [name, value] of kept) thief.cookies.set(name, value)
    expect((await thief.send(back)).headers.get('location')).toBe(failed)
    expect(await status(thief)).toBe(401)
  })

  test('in one tab takes nothing from the tab that began after it', async () => {
    const staff = desk.visitor()
    const first = await staff.choose(await staff.choices(), 'support')
    const second = await staff.follow('/helpdesk/sign-in', (to) => to.startsWith(desk.baseUrl))
    expect((await staff.send(first)).headers.get('location')).toBe(failed)
    expect((await staff.send(second.url)).headers.get('location')).toBe('/helpdesk')
    expect(await status(staff)).toBe(200)
  })

  test('is refused when anything of it was changed, when it says no, or when it comes late', async () => {
    for (const change of [
      (back: URL) => back.searchParams.set('state', 'x'.repeat(43)),
      (back: URL) => back.searchParams.delete('state'),
      (back: URL) => back.searchParams.set('code', 'x'.repeat(43)),
      (back: URL) => back.searchParams.set('iss', 'http://127.0.0.1:1'),
      (back: URL) => (back.search = `?error=access_denied&state=${back.searchParams.get('state') ?? ''}`),
      (back: URL) => back.searchParams.append('code', 'second'),
      () => stage.clock.move(11 * minute),
    ]) {
      const staff = desk.visitor()
      const back = new URL(await staff.choose(await staff.choices(), 'support'))
      change(back)
      expect((await staff.send(back.href)).headers.get('location'), change.toString()).toBe(failed)
      expect(await status(staff)).toBe(401)
    }
  })
})

describe('a session', () => {
  test('ends when it was not used for half an hour, and after eight hours in any case', async () => {
    const idle = await desk.as('support')
    stage.clock.move(29 * minute)
    expect(await status(idle)).toBe(200)
    stage.clock.move(29 * minute)
    expect(await status(idle)).toBe(200)
    stage.clock.move(31 * minute)
    expect(await status(idle)).toBe(401)

    const busy = await desk.as('support')
    for (let passed = 0; passed < 8 * hour - 20 * minute; passed += 20 * minute) {
      stage.clock.move(20 * minute)
      expect(await status(busy)).toBe(200)
    }
    stage.clock.move(20 * minute)
    expect(await status(busy)).toBe(401)
  })

  test('is one of the registry: another process knows it, and nothing opens with what the registry holds', async () => {
    const staff = await desk.as('support')
    await using second = await openDesk(stage)
    const moved = second.visitor()
    for (const [name, value] of staff.cookies) moved.cookies.set(name, value)
    expect(await status(moved)).toBe(200)

    const rows = await stage.rooms.registry.db.selectFrom('staff_session').selectAll().execute()
    expect(rows).toHaveLength(1)
    const cookie = staff.cookies.get('matricule-staff') ?? 'none'
    expect(JSON.stringify(rows)).not.toContain(cookie)
    for (const forged of [rows[0]?.digest ?? '', 'x'.repeat(43), `${cookie}x`, cookie.slice(1), '']) {
      const thief = desk.visitor()
      thief.cookies.set('matricule-staff', forged)
      expect(await status(thief)).toBe(401)
    }
  })

  test('ends by signing out, here and at the provider, in every browser of that person', async () => {
    const staff = await desk.as('support')
    const elsewhere = await desk.as('support')
    const cookie = staff.cookies.get('matricule-staff') ?? ''
    const { body } = await staff.send('/helpdesk/sign-out', { method: 'POST' })
    const to = new URL(String(body['to']))
    expect(to.origin).toBe(desk.signIn.issuer)
    expect(to.searchParams.get('post_logout_redirect_uri')).toBe(`${desk.baseUrl}/helpdesk`)
    staff.cookies.set('matricule-staff', cookie)
    expect(await status(staff)).toBe(401)
    expect(await status(elsewhere)).toBe(200)

    // The provider asks, and tells us of it by a signed token.
    const { text } = await staff.send(to.href)
    const [, action = ''] = /action="([^"]+)"/.exec(text) ?? []
    const [, xsrf = ''] = /name="xsrf" value="([^"]+)"/.exec(text) ?? []
    const done = await staff.send(action, {
      method: 'POST',
      body: new URLSearchParams({ xsrf, logout: 'yes' }),
    })
    expect(done.headers.get('location')).toBe(`${desk.baseUrl}/helpdesk`)
    await eventually('the other browser is signed out', async () => (await status(elsewhere)) === 401)
    // Whoever signs in again is asked who they are.
    expect(await staff.choices()).toMatch(/\/interaction\//)
  })

  test('is not ended by another site', async () => {
    const staff = await desk.as('support')
    for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }]) {
      expect((await staff.send('/helpdesk/sign-out', { method: 'POST', headers })).status).toBe(403)
      expect((await staff.post('/plans', {}, headers)).status).toBe(403)
    }
    expect(await status(staff)).toBe(200)
  })
})

describe('a provider whose token', () => {
  let liar: LyingProvider
  let lied: OpenDesk
  beforeAll(async () => {
    liar = await openLyingProvider()
    lied = await openDesk(stage, {
      provider: ({ baseUrl }) =>
        createProvider({
          issuer: liar.issuer,
          ...lyingClient,
          scopes: ['openid'],
          redirectUri: baseUrl + callbackUrl,
          signedOutUri: baseUrl,
          wanted: ['roles'],
        }),
    })
  })
  afterAll(async () => {
    await lied[Symbol.asyncDispose]()
    await liar[Symbol.asyncDispose]()
  })

  /** Signs in with the token that `make` makes of a right one; where it ended. */
  async function tried(make: (right: JWTPayload) => Promise<string> | string): Promise<string> {
    const staff = lied.visitor()
    const asked = new URL((await staff.send('/helpdesk/sign-in')).headers.get('location') ?? '').searchParams
    liar.say(await make(liar.payload(asked.get('nonce') ?? '')))
    const back = `${callbackUrl}?code=any&state=${asked.get('state') ?? ''}`
    const { headers } = await staff.send(back)
    const to = headers.get('location') ?? ''
    expect(await status(staff)).toBe(to === '/helpdesk' ? 200 : 401)
    return to
  }
  const now = () => Math.floor(Date.now() / 1000)

  test('is right is believed', async () => {
    expect(await tried((right) => liar.sign(right))).toBe('/helpdesk')
  })

  test('names no role of ours lets nobody in', async () => {
    for (const roles of [undefined, [], 'nobody', ['Support'], [{ support: true }], { support: true }])
      expect(await tried((right) => liar.sign({ ...right, roles }))).toBe('/helpdesk#/refus/ROLE_MISSING')
    expect(await tried((right) => liar.sign({ ...right, roles: 'support' }))).toBe('/helpdesk')
  })

  test.each<[string, (right: JWTPayload) => Promise<string> | string]>([
    ['is signed by another key', (right) => liar.forge(right)],
    ['is not signed', (right) => new UnsecuredJWT(right).encode()],
    [
      'is signed with our own secret',
      (right) =>
        new SignJWT(right)
          .setProtectedHeader({ alg: 'HS256', kid: 'one' })
          .sign(Buffer.from(lyingClient.clientSecret.padEnd(32))),
    ],
    ['has run out', (right) => liar.sign({ ...right, iat: now() - 600, exp: now() - 120 })],
    ['is for somebody else', (right) => liar.sign({ ...right, aud: 'another' })],
    ['was given by somebody else', (right) => liar.sign({ ...right, iss: 'http://127.0.0.1:1' })],
    ['is of another sign-in', (right) => liar.sign({ ...right, nonce: 'of-another-sign-in' })],
    ['has no nonce', ({ nonce: _nonce, ...right }) => liar.sign(right)],
    ['names nobody', ({ sub: _sub, ...right }) => liar.sign(right)],
    ['has no end', ({ exp: _exp, ...right }) => liar.sign(right)],
    ['is nonsense', () => 'a.b.c'],
    ['is missing', () => ''],
    [
      'was altered',
      async (right) => {
        const [head, , tail] = (await liar.sign({ ...right, roles: ['support'] })).split('.')
        const body = Buffer.from(JSON.stringify({ ...right, roles: ['operator'] })).toString('base64url')
        return [head, body, tail].join('.')
      },
    ],
  ])('%s lets nobody in', async (_what, make) => {
    expect(await tried(make)).toBe(failed)
  })

  test('says that somebody signed out is believed only when it is a right logout token', async () => {
    expect(await tried((right) => liar.sign(right))).toBe('/helpdesk')
    const events = { 'http://schemas.openid.net/event/backchannel-logout': {} }
    const right = {
      iss: liar.issuer,
      aud: lyingClient.clientId,
      sub: 'somebody',
      iat: now(),
      jti: '1',
      events,
    }
    const sessions = async () =>
      (await stage.rooms.registry.db.selectFrom('staff_session').select('subject').execute()).length
    const say = async (logout_token: string) =>
      (
        await lied.visitor().send('/helpdesk/backchannel-logout', {
          method: 'POST',
          body: new URLSearchParams({ logout_token }),
        })
      ).status
    for (const token of [
      'a.b.c',
      await liar.forge(right),
      new UnsecuredJWT(right).encode(),
      await liar.sign({ ...right, nonce: 'n' }),
      await liar.sign({ ...right, events: {} }),
      await liar.sign({ ...right, aud: 'another' }),
      await liar.sign({ ...right, iat: now() - 3_600 }),
      await liar.sign(liar.payload('n')),
    ])
      expect(await say(token)).toBe(400)
    expect(await sessions()).toBe(1)
    // Whoever posts nonsense here does not make us ask the provider each time.
    const asked = liar.keysAsked()
    for (let each = 0; each < 5; each++) expect(await say(await liar.forge(right))).toBe(400)
    expect(liar.keysAsked()).toBe(asked)
    expect(await say(await liar.sign(right))).toBe(200)
    expect(await sessions()).toBe(0)
  })
})

test('a provider that does not answer is told as such, and asked again later', async () => {
  await using away = await openDesk(stage, {
    provider: ({ baseUrl }) =>
      createProvider({
        issuer: 'http://127.0.0.1:9',
        ...lyingClient,
        scopes: ['openid'],
        redirectUri: baseUrl + callbackUrl,
        signedOutUri: baseUrl,
        wanted: [],
      }),
  })
  const answer = await away.visitor().send('/helpdesk/sign-in')
  expect(answer.status).toBe(503)
  expect(answer.body).toMatchObject({ code: 'UNAVAILABLE' })
})
