import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from 'jose'

/** An identity provider that answers every code with the token that the test wants, to see what is believed. */
export interface LyingProvider extends AsyncDisposable {
  readonly issuer: string
  /** What a right token says. */
  payload(nonce: string): JWTPayload
  sign(payload: JWTPayload, header?: { alg?: string; kid?: string; typ?: string }): Promise<string>
  /** Signs with a key that it does not publish, under the name of one that it does. */
  forge(payload: JWTPayload): Promise<string>
  /** How often its published keys were asked for. */
  keysAsked(): number
  /** The next token. */
  say(token: string): void
}

export const lyingClient = { clientId: 'matricule', clientSecret: 'a secret of the test' }

export async function openLyingProvider(): Promise<LyingProvider> {
  const ours = await generateKeyPair('RS256', { extractable: true })
  const theirs = await generateKeyPair('RS256', { extractable: true })
  const jwk = { ...(await exportJWK(ours.publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }
  let token = ''
  let keysAsked = 0
  const server = createServer((request, response) => {
    const at = (path: string) => `${issuer}${path}`
    const answers: Record<string, unknown> = {
      '/.well-known/openid-configuration': {
        issuer,
        authorization_endpoint: at('/auth'),
        token_endpoint: at('/token'),
        jwks_uri: at('/jwks'),
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
      },
      '/jwks': { keys: [jwk] },
      '/token': { access_token: 'a', token_type: 'Bearer', expires_in: 60, id_token: token },
    }
    const answer = answers[request.url ?? '']
    if (request.url === '/jwks') keysAsked++
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(answer ?? {}))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const now = () => Math.floor(Date.now() / 1000)
  const signed = (payload: JWTPayload, key: Parameters<SignJWT['sign']>[0], header: object) =>
    new SignJWT(payload).setProtectedHeader({ alg: 'RS256', kid: 'one', ...header }).sign(key)
  return {
    issuer,
    payload: (nonce) => ({
      iss: issuer,
      aud: lyingClient.clientId,
      sub: 'somebody',
      nonce,
      iat: now(),
      exp: now() + 300,
      roles: ['support', 'security', 'operator'],
    }),
    sign: (payload, header = {}) => signed(payload, ours.privateKey, header),
    forge: (payload) => signed(payload, theirs.privateKey, {}),
    keysAsked: () => keysAsked,
    say: (next) => void (token = next),
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
