import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair } from 'jose'
import Provider, { type Configuration } from 'oidc-provider'
import type { Chance } from '../platform/chance.ts'
import type { Log } from '../platform/log.ts'
import { portBusy } from '../platform/port-busy.ts'
import { memory } from './sign-in/memory.ts'
import { choicePage, refusalPage, signOutPage } from './sign-in/page.ts'
import { demoStaff } from './sign-in/staff.ts'

/** The identity provider of the demonstration, running. */
export interface SignIn {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  close(): Promise<void>
}

export interface SignInOptions {
  readonly host: string
  /** 0 takes any free one. */
  readonly port: number
  /** The helpdesk that people sign in to, such as `http://127.0.0.1:8080`. */
  readonly baseUrl: string
  readonly chance: Chance
  readonly log: Pick<Log, 'error'>
  /** Seconds for which an ID token is good. */
  readonly tokenSeconds?: number
}

/** An OpenID Connect provider on which anybody may be any of the staff of the demonstration. Everything is in memory and
 *  gone at the end. For loopback. Throws PORT_BUSY, naming `sign_in.port`. */
export async function openSignIn(options: SignInOptions): Promise<SignIn> {
  const { host, port, log } = options
  const handler = { current: (_request: IncomingMessage, response: ServerResponse) => void response.end() }
  const server = createServer((request, response) => handler.current(request, response))
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(portBusy('sign_in.port', port, error)))
    server.listen(port, host, resolve)
  })
  const reachable =
    host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host
  const issuer = `http://${reachable}:${(server.address() as AddressInfo).port}`
  const clientSecret = options.chance.bytes(32).toString('base64url')
  const provider = new Provider(issuer, await configurationOf(options, clientSecret))
  provider.on('server_error', (_context, error) => log.error('sign-in-failed', {}, error))
  const rest = provider.callback()
  handler.current = (request, response) => {
    const interaction = /^\/interaction\/([\w-]{1,64})$/.exec(request.url ?? '')
    const answered = interaction
      ? choose(provider, request, response, interaction[0])
      : rest(request, response)
    answered.catch((error: unknown) => {
      log.error('sign-in-failed', {}, error)
      if (!response.headersSent) response.writeHead(400, htmlHeaders)
      response.end(refusalPage('Recommencez depuis la page du support. Start again from the helpdesk.'))
    })
  }
  return {
    issuer,
    clientId,
    clientSecret,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const clientId = 'matricule'
const htmlHeaders = { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }

async function configurationOf(
  { baseUrl, chance, tokenSeconds = 300 }: SignInOptions,
  clientSecret: string,
): Promise<Configuration> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  return {
    adapter: memory(),
    // The library calls nobody on loopback; here everybody is, and only the helpdesk is called.
    fetch: (url, { dispatcher: _refusing, ...rest }: RequestInit & { dispatcher?: unknown } = {}) =>
      fetch(url, rest),
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig', kid: 'demonstration' }] },
    cookies: { keys: [chance.bytes(32).toString('base64url')], names: { session: 'sign_in_session' } },
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uris: [`${baseUrl}/helpdesk/callback`],
        post_logout_redirect_uris: [`${baseUrl}/helpdesk`],
        backchannel_logout_uri: `${baseUrl}/helpdesk/backchannel-logout`,
        token_endpoint_auth_method: 'client_secret_basic',
        grant_types: ['authorization_code'],
        response_types: ['code'],
      },
    ],
    pkce: { required: () => true },
    // The claims in the ID token itself, as many providers tell them.
    conformIdTokenClaims: false,
    claims: { openid: ['sub'], profile: ['name', 'preferred_username', 'roles', 'faculties'] },
    findAccount: (_context, id) => {
      const found = demoStaff.find((each) => each.id === id)
      if (found === undefined) return undefined
      const { name, roles, faculties } = found
      const claims = { sub: id, name, preferred_username: id, roles: [...roles] }
      return {
        accountId: id,
        claims: () => (faculties === undefined ? claims : { ...claims, faculties: [...faculties] }),
      }
    },
    // Nobody is asked what the helpdesk may know of them: it is the house's own.
    loadExistingGrant: async (context) => {
      const { oidc } = context
      const grant = new oidc.provider.Grant({
        clientId: oidc.client?.clientId ?? '',
        accountId: oidc.session?.accountId ?? '',
      })
      grant.addOIDCScope('openid profile')
      await grant.save()
      return grant
    },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (context, form) => {
          context.body = signOutPage(form)
        },
        postLogoutSuccessSource: (context) => {
          context.body = refusalPage('Vous êtes déconnecté. You are signed out.')
        },
      },
    },
    renderError: (context, out) => {
      context.type = 'html'
      context.body = refusalPage(out.error_description ?? out.error)
    },
    ttl: { IdToken: tokenSeconds, AccessToken: 300, Interaction: 3_600, Session: 28_800, Grant: 28_800 },
  }
}

/** The choice of who one is: shown, and taken. */
async function choose(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
): Promise<void> {
  await provider.interactionDetails(request, response)
  if (request.method !== 'POST') {
    response.writeHead(200, htmlHeaders)
    response.end(choicePage(path))
    return
  }
  const chunks: Buffer[] = []
  for await (const chunk of request) {
    chunks.push(chunk as Buffer)
    if (chunks.length > 16) throw new Error('too much was sent')
  }
  const chosen = new URLSearchParams(Buffer.concat(chunks).toString()).get('staff')
  const accountId = demoStaff.find(({ id }) => id === chosen)?.id
  await provider.interactionFinished(
    request,
    response,
    accountId === undefined
      ? { error: 'access_denied', error_description: 'nobody was chosen' }
      : { login: { accountId } },
    { mergeWithLastSubmission: false },
  )
}
