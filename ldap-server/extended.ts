import type { ExtendedRequest } from '../ldap-protocol/message.ts'
import { extension } from '../ldap-protocol/oids.ts'
import type { Asker } from './context.ts'
import { Refusal } from './refusal.ts'

/** What the root DSE offers. */
export const supportedExtensions: readonly string[] = [extension.whoAmI]

/** An extended operation (RFC 4511 §4.12). @returns the value of the answer. @throws Refusal */
export function extended(asker: Asker, request: ExtendedRequest, maySetPasswords: boolean): Buffer {
  if (request.oid === extension.whoAmI) return whoAmI(asker, request)
  if (request.oid === extension.passwordModify) throw passwordModify(asker, maySetPasswords)
  throw new Refusal('protocolError', 'unsupported extended operation')
}

/** RFC 4532: the authorisation identity, empty for nobody. */
function whoAmI(asker: Asker, { value }: ExtendedRequest): Buffer {
  if (value && value.length > 0) throw new Refusal('protocolError', 'no request data expected')
  return Buffer.from(asker.normal === null ? '' : `dn:${asker.dn}`)
}

/** RFC 3062. Passwords are chosen on the page and written here as verifiers by one account: nobody changes
 *  them by this operation, which the root DSE does not offer. */
function passwordModify(asker: Asker, maySetPasswords: boolean): Refusal {
  if (asker.normal === null) {
    return new Refusal('strongerAuthRequired', 'only authenticated users may change passwords')
  }
  if (!maySetPasswords)
    return new Refusal('insufficientAccessRights', 'passwords are chosen on the account page')
  return new Refusal('unwillingToPerform', 'write the verifier with a modify operation')
}
