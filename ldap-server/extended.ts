import { Reader, MalformedError } from '../ldap-protocol/ber-reader.ts'
import { Writer } from '../ldap-protocol/ber-writer.ts'
import type { ExtendedRequest } from '../ldap-protocol/message.ts'
import { extension } from '../ldap-protocol/oids.ts'
import { absent, normalOf, viewOf } from './context.ts'
import type { Asker, Context } from './context.ts'
import { bindsWith } from './bind.ts'
import { modify } from './modify.ts'
import { Refusal } from './refusal.ts'
import { askedNothing } from './request-controls.ts'

/** What the root DSE offers in any case. */
export const supportedExtensions: readonly string[] = [extension.whoAmI, extension.cancel]

/** An extended operation (RFC 4511 §4.12) that concerns the directory alone; StartTLS and Cancel concern the session.
 *  @returns the value of the answer. @throws Refusal */
export async function extended(
  context: Context,
  asker: Asker,
  request: ExtendedRequest,
): Promise<Buffer | null> {
  if (request.oid === extension.whoAmI) return whoAmI(asker, request)
  if (request.oid === extension.passwordModify) return passwordModify(context, asker, request)
  throw new Refusal('protocolError', 'unsupported extended operation')
}

/** RFC 4532: the authorisation identity, empty for nobody. */
function whoAmI(asker: Asker, { value }: ExtendedRequest): Buffer {
  if (value && value.length > 0) throw new Refusal('protocolError', 'no request data expected')
  return Buffer.from(asker.normal === null ? '' : `dn:${asker.dn}`)
}

/** RFC 3062. Students choose their password on the page: whoever may not write the verifier gets 50, and learns nothing
 *  of whether the entry is there. @returns the invented password where none was given */
async function passwordModify(
  context: Context,
  asker: Asker,
  { value }: ExtendedRequest,
): Promise<Buffer | null> {
  if (asker.normal === null) {
    throw new Refusal('strongerAuthRequired', 'only authenticated users may change passwords')
  }
  const { identity, before, after } = readPasswords(value)
  const normal = normalOf(context, identity ?? asker.dn)
  if (!viewOf(context, asker, normal).may('write', 'userpassword')) {
    throw new Refusal('insufficientAccessRights', 'passwords are chosen on the account page')
  }
  const node = context.tree.find(normal)
  if (!node) throw absent(context, asker, normal)
  if (!context.passwords)
    throw new Refusal('unwillingToPerform', 'write the verifier with a modify operation')
  if (after?.length === 0) throw new Refusal('unwillingToPerform', 'the new password is empty')
  if ((after?.length ?? 0) > context.limits.passwordBytes) {
    throw new Refusal('constraintViolation', 'the new password is too long')
  }
  if (before && !(await bindsWith(context, node.entry, before))) {
    throw new Refusal('unwillingToPerform', 'unwilling to verify old password')
  }
  const made = after ? null : context.passwords.generate()
  const verifier = await context.passwords.hash(after ?? Buffer.from(made ?? ''))
  const attribute = { type: 'userPassword', values: [Buffer.from(verifier)] }
  const dn = node.entry.dn
  const changes = [{ operation: 'replace', attribute } as const]
  await modify(context, asker, { kind: 'modify', dn, changes }, askedNothing)
  return made === null ? null : new Writer(64).begin(0x30).text(made, 0x80).end().take()
}

/** RFC 3062 §2. */
function readPasswords(value: Buffer | null): {
  identity: string | null
  before: Buffer | null
  after: Buffer | null
} {
  if (!value) return { identity: null, before: null, after: null }
  try {
    const outer = new Reader(value)
    const from = outer.enter(0x30)
    outer.finish()
    const identity = from.peek() === 0x80 ? from.text(0x80).replace(/^dn:/i, '') : null
    const before = from.peek() === 0x81 ? from.octets(0x81) : null
    const after = from.peek() === 0x82 ? from.octets(0x82) : null
    from.finish()
    return { identity: identity === '' ? null : identity, before, after }
  } catch (error) {
    if (error instanceof MalformedError) throw new Refusal('protocolError', 'the request cannot be read')
    throw error
  }
}

/** The message that a Cancel speaks of (RFC 3909 §2). @throws Refusal 2 */
export function readCancel(value: Buffer | null): number {
  try {
    const outer = new Reader(value ?? Buffer.alloc(0))
    const from = outer.enter(0x30)
    outer.finish()
    const id = from.integer()
    from.finish()
    return id
  } catch (error) {
    if (error instanceof MalformedError) throw new Refusal('protocolError', 'the request cannot be read')
    throw error
  }
}
