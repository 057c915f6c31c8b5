import type { Request } from '../../ldap-protocol/message.ts'
import { decodeResponse } from '../../ldap-protocol/response.ts'
import { asIdentityError } from '../../platform/error.ts'
import type { Access } from './bound.ts'
import { Conversation } from './conversation.ts'

/** Whether a directory that shows nobody under a base has nobody there, as far as it can be told: access rules that hide
 *  everybody say so by success and no entry. It is hidden when the base itself is not shown, or has subordinates
 *  (hasSubordinates, X.501) of which none is. @throws TARGET_UNAVAILABLE, TARGET_REFUSED */
export async function isInSight(target: string, access: Access, base: string): Promise<boolean> {
  using conversation = await Conversation.open(target, access)
  const [itself] = (await conversation.ask(search(base, 'base', ['hasSubordinates']))).entries
  const shown = itself && decodeResponse(itself).operation
  if (shown?.kind !== 'entry') return false
  const told = shown.attributes.find(({ type }) => type.toLowerCase() === 'hassubordinates')?.values[0]
  if (told?.toString().toUpperCase() !== 'TRUE') return true
  try {
    return (await conversation.ask(search(base, 'one', ['1.1']))).entries.length > 0
  } catch (error) {
    // There are more than the one that was asked for.
    if (asIdentityError(error).details['resultCode'] === 4) return true
    throw error
  }
}

function search(base: string, scope: 'base' | 'one', attributes: readonly string[]): Request {
  const filter = { kind: 'present', type: 'objectClass' } as const
  return {
    kind: 'search',
    base,
    scope,
    deref: 0,
    sizeLimit: 1,
    timeLimit: 0,
    typesOnly: false,
    filter,
    attributes,
  }
}
