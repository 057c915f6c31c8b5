import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { rolesOf, type Staff } from '../../domain/staff.ts'
import { tokenAlphabet } from '../../domain/token.ts'
import { randomText } from '../../platform/chance.ts'
import { later } from '../../platform/clock.ts'
import { endSession, openSession, useSession } from '../../registry/staff-sessions.ts'
import type { Helpdesk } from './options.ts'
import type { KeptSignIn } from './provider.ts'

/** 43 characters of 62: 256 bits. */
const secretLength = 43
const signInMs = 600_000

/** Where the browser keeps what it was given. `__Host-`: this host alone, over TLS alone (RFC 6265bis §4.1.3). */
function cookie(baseUrl: string, name: 'staff' | 'sign-in') {
  const secure = baseUrl.startsWith('https:')
  return {
    name: `${secure ? '__Host-' : ''}matricule-${name}`,
    // Lax: the provider sends people back from another site; what changes something asks for more (origin.ts).
    options: { path: '/', httpOnly: true, sameSite: 'lax', secure } as const,
  }
}

/** Begins a session: the registry keeps the digest of what the cookie holds, and sealed the hint for the sign-out. */
export async function beginSession(
  { registry, ring, clock, chance, rules }: Helpdesk,
  reply: FastifyReply,
  staff: Staff,
  idToken: string,
): Promise<void> {
  const secret = randomText(chance, tokenAlphabet, secretLength)
  const at = clock.now()
  await openSession(registry.db, {
    digest: digestOf(secret),
    ...staff,
    sealed_hint: await ring.seal('sign-out', idToken),
    created_at: at,
    seen_at: at,
    expires_at: later(at, rules.sessionMs),
  })
  const { name, options } = cookie(rules.baseUrl, 'staff')
  reply.setCookie(name, secret, { ...options, maxAge: Math.floor(rules.sessionMs / 1000) })
}

/** Who is signed in; null when nobody is, or not any more. */
export async function signedIn(
  { registry, clock, rules }: Helpdesk,
  request: FastifyRequest,
): Promise<Staff | null> {
  const secret = request.cookies[cookie(rules.baseUrl, 'staff').name]
  if (secret?.length !== secretLength) return null
  const session = await useSession(registry.db, digestOf(secret), rules.idleMs, clock.now())
  return session === null ? null : { ...session, roles: rolesOf(session.roles) }
}

/** Ends the session of a request, if there is one. Who it was, and the hint for the provider. */
export async function leaveSession(
  { registry, ring, rules }: Helpdesk,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<{ subject: string; idToken: string } | null> {
  const { name, options } = cookie(rules.baseUrl, 'staff')
  const secret = request.cookies[name]
  reply.clearCookie(name, options)
  const session = secret === undefined ? null : await endSession(registry.db, digestOf(secret))
  if (session === null) return null
  return { subject: session.subject, idToken: await ring.unseal('sign-out', session.sealed_hint) }
}

/** Keeps a sign-in that has begun with the browser that began it, sealed, for ten minutes. */
export async function keepSignIn(
  { ring, clock, rules }: Helpdesk,
  reply: FastifyReply,
  kept: KeptSignIn,
): Promise<void> {
  const until = later(clock.now(), signInMs).getTime()
  const { name, options } = cookie(rules.baseUrl, 'sign-in')
  const sealed = await ring.seal('sign-in', JSON.stringify({ ...kept, until }))
  reply.setCookie(name, sealed, { ...options, maxAge: signInMs / 1000 })
}

/** What this browser began, taken back: null when nothing, or too long ago. What comes back with another `state` is of
 *  another tab that began before, or of nobody: what was begun stays. */
export async function takeSignIn(
  { ring, clock, rules }: Helpdesk,
  request: FastifyRequest,
  reply: FastifyReply,
  state: string | null,
): Promise<KeptSignIn | null> {
  const { name, options } = cookie(rules.baseUrl, 'sign-in')
  const sealed = request.cookies[name]
  if (sealed === undefined) return null
  const begun = await ring
    .unseal('sign-in', sealed)
    .then((text) => JSON.parse(text) as KeptSignIn & { until: number })
    .catch(() => null)
  if (begun !== null && begun.state !== state) return null
  reply.clearCookie(name, options)
  if (begun === null) return null
  const { until, ...kept } = begun
  return until > clock.now().getTime() ? kept : null
}

function digestOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}
