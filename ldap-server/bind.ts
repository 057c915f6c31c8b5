import type { BindRequest } from '../ldap-protocol/message.ts'
import { nobody } from './context.ts'
import type { Asker, Context } from './context.ts'
import { decodeAttributes } from './entry.ts'
import { Refusal } from './refusal.ts'

/** Simple bind (RFC 4513 §5.1). An unknown name, an entry without password and a wrong password take the
 *  same work and get the same empty 49.
 *  @param address whence it comes, for slowing down guesses
 *  @returns who the connection is from now on
 *  @throws Refusal */
export async function bind(context: Context, request: BindRequest, address: string): Promise<Asker> {
  if (request.version !== 3) throw new Refusal('protocolError', 'requested protocol version not supported')
  const { auth } = request
  if (auth.kind !== 'simple') throw new Refusal('authMethodNotSupported', 'only simple bind is offered')
  const normal = context.schema.dn(request.name)
  if (normal === null) throw new Refusal('invalidDNSyntax', 'invalid DN')
  if (normal === '') {
    if (auth.password.length > 0) throw new Refusal('invalidCredentials')
    return nobody
  }
  if (auth.password.length === 0) {
    throw new Refusal('unwillingToPerform', 'unauthenticated bind (DN with no password) disallowed')
  }
  await pause(context, context.throttle.attempt(normal, address))
  const entry = context.tree.find(normal)?.entry
  const allowed = context.access.view(null, normal).may('auth', 'userpassword')
  const held = entry && allowed ? decodeAttributes(entry.bytes).get('userpassword')?.values : undefined
  const right = await fits(context, held ?? context.decoy.values, auth.password)
  if (!right || !held || !entry) throw new Refusal('invalidCredentials')
  context.throttle.succeeded(normal, address)
  return { root: false, dn: entry.dn, normal: entry.normal }
}

async function fits(context: Context, stored: readonly Buffer[], password: Buffer): Promise<boolean> {
  for (const value of stored) {
    const one = value.toString('utf8')
    if (await context.verifications.run(() => context.verify(one, password))) return true
  }
  return false
}

function pause({ clock }: Context, ms: number): Promise<void> {
  if (ms <= 0) return Promise.resolve()
  return new Promise((resolve) => {
    clock.after(ms, resolve)
  })
}
