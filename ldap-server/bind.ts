import type { BindRequest } from '../ldap-protocol/message.ts'
import { nobody } from './context.ts'
import type { Asker, Context } from './context.ts'
import { verifiersIn } from './entry.ts'
import type { Entry } from './entry.ts'
import { Refusal } from './refusal.ts'
import type { Channel } from './tls.ts'

/** Simple bind (RFC 4513 §5.1) and SASL EXTERNAL (RFC 4422 appendix A). An unknown name, an entry without password and
 *  a wrong password take the same work and get the same empty 49.
 *  @param channel whence it comes: for slowing down guesses, and for the certificate
 *  @returns who the connection is from now on: at once unless the attempt has to wait or the check takes long
 *  @throws Refusal */
export function bind(context: Context, request: BindRequest, channel: Channel): Asker | Promise<Asker> {
  if (request.version !== 3) throw new Refusal('protocolError', 'requested protocol version not supported')
  const { auth } = request
  if (auth.kind === 'sasl') return external(context, auth, channel)
  if (auth.kind !== 'simple') throw new Refusal('authMethodNotSupported', 'unknown authentication method')
  const normal = context.schema.dn(request.name)
  if (normal === null) throw new Refusal('invalidDNSyntax', 'invalid DN')
  if (normal === '') {
    if (auth.password.length > 0) throw new Refusal('invalidCredentials')
    return nobody
  }
  if (auth.password.length === 0) {
    throw new Refusal('unwillingToPerform', 'unauthenticated bind (DN with no password) disallowed')
  }
  if (context.requireTls && !channel.secure) throw new Refusal('confidentialityRequired', 'TLS required')
  if (auth.password.length > context.limits.passwordBytes) throw new Refusal('invalidCredentials')
  const attempt: Attempt = { normal, password: auth.password, address: channel.address }
  return bindAtOnce(context, attempt) ?? bindLater(context, attempt)
}

interface Attempt {
  readonly normal: string
  readonly password: Buffer
  readonly address: string
}

/** Nothing comes between looking at the failures and at the password, so that attempts side by side gain nothing here
 *  either. @returns null where it cannot be told at once; nothing has happened then */
function bindAtOnce(context: Context, { normal, password, address }: Attempt): Asker | null {
  const { throttle, decoy, verifyAtOnce } = context
  if (throttle.slows(normal, address)) return null
  const { dn, held } = verifiersOf(context, normal)
  let right = false
  for (const value of held.length > 0 ? held : decoy.values) {
    const answer = verifyAtOnce(value.toString('utf8'), password)
    if (answer === null) return null
    if (answer) {
      right = true
      break
    }
  }
  if (right && held.length > 0) throttle.succeeded(normal, address)
  else {
    throttle.attempt(normal, address)
    throw new Refusal('invalidCredentials')
  }
  return { root: false, dn, normal }
}

async function bindLater(context: Context, { normal, password, address }: Attempt): Promise<Asker> {
  const delay = context.throttle.attempt(normal, address)
  if (delay > 0) await pause(context, delay)
  const { dn, held } = verifiersOf(context, normal)
  const right = await fits(context, held.length > 0 ? held : context.decoy.values, password)
  if (!right || held.length === 0) throw new Refusal('invalidCredentials')
  context.throttle.succeeded(normal, address)
  return { root: false, dn, normal }
}

/** What the password of a name is tried against; nothing where nobody may bind by it. */
function verifiersOf(
  { accounts, tree, access }: Context,
  normal: string,
): { dn: string; held: readonly Buffer[] } {
  const account = accounts.get(normal)
  if (account) return { dn: account.dn, held: account.verifiers }
  const entry = tree.find(normal)?.entry
  const allowed = access.view(null, normal).may('auth', 'userpassword')
  return { dn: entry?.dn ?? '', held: entry && allowed ? verifiersIn(entry) : [] }
}

/** Whether a password is that of an entry. @throws Refusal 51 */
export function bindsWith(context: Context, entry: Entry, password: Buffer): Promise<boolean> {
  return fits(context, verifiersIn(entry), password)
}

async function fits(context: Context, stored: readonly Buffer[], password: Buffer): Promise<boolean> {
  for (const value of stored) {
    const one = value.toString('utf8')
    if (await context.verifications.run(() => context.verify(one, password))) return true
  }
  return false
}

/** The client is who its certificate says, by the table of the settings: a certificate alone makes nobody.
 *  @throws Refusal 7, 48, 49 */
function external(
  context: Context,
  { mechanism, credentials }: BindRequest['auth'] & { kind: 'sasl' },
  { certificateName }: Channel,
): Asker {
  if (mechanism !== 'EXTERNAL' || !context.tls?.asksClients) {
    throw new Refusal('authMethodNotSupported', 'unknown mechanism')
  }
  if (certificateName === null) {
    throw new Refusal('inappropriateAuthentication', 'no certificate that holds was shown')
  }
  const normal = context.certificates.get(certificateName)
  const entry = normal === undefined ? undefined : context.tree.find(normal)?.entry
  if (!entry) throw new Refusal('invalidCredentials')
  const wanted = credentials?.toString('utf8') ?? ''
  // Whoever names an identity may name only their own (RFC 4513 §5.2.1.8).
  if (wanted !== '' && !(wanted.startsWith('dn:') && context.schema.dn(wanted.slice(3)) === entry.normal)) {
    throw new Refusal('invalidCredentials')
  }
  return { root: false, dn: entry.dn, normal: entry.normal }
}

function pause({ clock }: Context, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(ms, resolve)
  })
}
