import { isWithin } from '../domain/address.ts'
import { IdentityError } from '../platform/error.ts'

/** The one address somebody typed, without the spaces around it. Whether anybody has it is not asked here.
 *  Throws REQUEST_INVALID if it cannot be one address (lists, line ends and control characters would let a
 *  second recipient in), ADDRESS_INSTITUTIONAL if it is in one of `ownDomains` or below. */
export function resetAddress(typed: string, ownDomains: readonly string[]): string {
  const address = typed.replace(/^ +| +$/g, '')
  if (!canBeOneAddress(address)) throw new IdentityError('REQUEST_INVALID', 'this cannot be one address')
  if (isWithin(address, ownDomains)) {
    throw new IdentityError('ADDRESS_INSTITUTIONAL', 'a personal address is expected')
  }
  return address
}

/** Wide on purpose: any letters (RFC 6531), but one `@`, and nothing that separates, quotes or hides. */
function canBeOneAddress(text: string): boolean {
  if (text.length > 254 || /[\s\p{C},;:<>()[\]"\\]/u.test(text)) return false
  const [local, domain, ...others] = text.split('@')
  return Boolean(local) && Boolean(domain) && others.length === 0
}
