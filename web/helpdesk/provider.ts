import { createRemoteJWKSet, jwtVerify } from 'jose'
import * as oidc from 'openid-client'
import { IdentityError } from '../../platform/error.ts'

/** The identity provider of the staff, as far as the helpdesk needs one (OpenID Connect Core 1.0, code flow). */
export interface Provider {
  /** Where to send somebody who signs in, and what must be kept for their return. */
  begin(): Promise<{ readonly to: URL; readonly kept: KeptSignIn }>
  /** What the provider says of who has come back. Rejects with SIGN_IN_FAILED when anything of it is not right. */
  finish(returned: URL, kept: KeptSignIn): Promise<SignedIn>
  /** Where to send somebody who signs out, so that the provider ends its session too; null when it cannot. */
  signOut(idToken: string): Promise<URL | null>
  /** Whom the provider itself has signed out. Rejects with SIGN_IN_FAILED for anything but a right logout token
   *  (OpenID Connect Back-Channel Logout 1.0 §2.6). */
  loggedOut(logoutToken: string): Promise<string>
}

/** Bound to one browser: another cannot finish what this one began. */
export interface KeptSignIn {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
}

export interface SignedIn {
  readonly subject: string
  readonly name: string
  /** The claims that name roles and faculties, wherever the provider tells them. */
  readonly claims: Readonly<Record<string, unknown>>
  readonly idToken: string
}

export interface ProviderOptions {
  readonly issuer: string
  readonly clientId: string
  /** Empty: a public client, by PKCE alone. */
  readonly clientSecret: string
  /** Beside `openid`. */
  readonly scopes: readonly string[]
  /** Where the provider sends people back, after a sign-in and after a sign-out. */
  readonly redirectUri: string
  readonly signedOutUri: string
  /** Claims that we read; asked for at the userinfo endpoint when the ID token has none of them. */
  readonly wanted: readonly string[]
}

const timeoutSeconds = 10
/** Between their clock and ours. */
const toleranceSeconds = 30

/** The provider at an issuer. Nothing is asked of it before somebody signs in, and a provider that was away is asked
 *  again by the next one. */
export function createProvider(options: ProviderOptions): Provider {
  const { clientId, redirectUri, signedOutUri, wanted, scopes } = options
  let known: Promise<oidc.Configuration> | null = null
  /** Kept: anybody may post a token here, and each would make us ask the provider. */
  let keys: ReturnType<typeof createRemoteJWKSet> | null = null
  const configuration = async (): Promise<oidc.Configuration> => {
    known ??= discover(options)
    try {
      return await known
    } catch (cause) {
      known = null
      throw new IdentityError('UNAVAILABLE', 'the identity provider of the helpdesk does not answer', {
        cause,
        transient: true,
      })
    }
  }

  return {
    async begin() {
      const config = await configuration()
      const kept = {
        state: oidc.randomState(),
        nonce: oidc.randomNonce(),
        verifier: oidc.randomPKCECodeVerifier(),
      }
      const to = oidc.buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope: [...new Set(['openid', ...scopes])].join(' '),
        state: kept.state,
        nonce: kept.nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(kept.verifier),
        code_challenge_method: 'S256',
      })
      return { to, kept }
    },
    async finish(returned, { state, nonce, verifier }) {
      const config = await configuration()
      try {
        const tokens = await oidc.authorizationCodeGrant(config, returned, {
          pkceCodeVerifier: verifier,
          expectedState: state,
          expectedNonce: nonce,
          idTokenExpected: true,
        })
        const told = tokens.claims()
        if (told === undefined || tokens.id_token === undefined) throw new Error('no ID token')
        const missing = wanted.some((claim) => told[claim] === undefined)
        const asked =
          missing && config.serverMetadata().userinfo_endpoint !== undefined
            ? await oidc.fetchUserInfo(config, tokens.access_token, told.sub)
            : {}
        const claims: Record<string, unknown> = { ...asked, ...told }
        return { subject: told.sub, name: nameOf(claims, told.sub), claims, idToken: tokens.id_token }
      } catch (cause) {
        throw new IdentityError('SIGN_IN_FAILED', `the sign-in was not completed: ${wordOf(cause)}`, {
          cause,
        })
      }
    },
    async signOut(idToken) {
      const config = await configuration()
      if (config.serverMetadata().end_session_endpoint === undefined) return null
      return oidc.buildEndSessionUrl(config, {
        id_token_hint: idToken,
        post_logout_redirect_uri: signedOutUri,
      })
    },
    async loggedOut(logoutToken) {
      const { issuer, jwks_uri } = (await configuration()).serverMetadata()
      try {
        if (jwks_uri === undefined) throw new Error('the provider publishes no keys')
        keys ??= createRemoteJWKSet(new URL(jwks_uri), { timeoutDuration: timeoutSeconds * 1000 })
        const { payload } = await jwtVerify(logoutToken, keys, {
          issuer,
          audience: clientId,
          requiredClaims: ['sub', 'iat', 'jti', 'events'],
          maxTokenAge: 120,
          clockTolerance: toleranceSeconds,
        })
        const events = payload['events'] as Record<string, unknown>
        if (payload['nonce'] !== undefined || typeof events[backChannel] !== 'object')
          throw new Error('this is not a logout token')
        return payload.sub ?? ''
      } catch (cause) {
        throw new IdentityError('SIGN_IN_FAILED', `a logout token was refused: ${wordOf(cause)}`, { cause })
      }
    },
  }
}

const backChannel = 'http://schemas.openid.net/event/backchannel-logout'

async function discover({ issuer, clientId, clientSecret }: ProviderOptions): Promise<oidc.Configuration> {
  const server = new URL(issuer)
  const config = await oidc.discovery(
    server,
    clientId,
    { [oidc.clockTolerance]: toleranceSeconds },
    clientSecret === '' ? oidc.None() : secretAuthentication(clientSecret),
    {
      timeout: timeoutSeconds,
      // The settings let a plain address pass on loopback alone.
      execute: server.protocol === 'http:' ? [allowPlain] : [],
    },
  )
  // The token came over TLS from the provider itself; its signature is checked all the same.
  oidc.enableNonRepudiationChecks(config)
  config.timeout = timeoutSeconds
  return config
}

/** Named here alone: the library marks it as deprecated so that it stands out. */
// eslint-disable-next-line @typescript-eslint/no-deprecated
const allowPlain = oidc.allowInsecureRequests

/** Our secret as the provider wants it: in the header unless it takes it in the body alone. */
function secretAuthentication(secret: string): oidc.ClientAuth {
  const byHeader = oidc.ClientSecretBasic(secret)
  const byBody = oidc.ClientSecretPost(secret)
  return (server, client, body, headers) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
    ;(methods.includes('client_secret_basic') ? byHeader : byBody)(server, client, body, headers)
  }
}

function nameOf(claims: Readonly<Record<string, unknown>>, subject: string): string {
  const found = ['name', 'preferred_username'].map((claim) => claims[claim])
  return (found.find((each) => typeof each === 'string' && each !== '') as string | undefined) ?? subject
}

/** What is wrong, in the library's word: never a token, a code or what the provider sent. */
function wordOf(cause: unknown): string {
  const { code, error } = (cause ?? {}) as { code?: unknown; error?: unknown }
  return typeof error === 'string' ? error : typeof code === 'string' ? code : 'not a right answer'
}
