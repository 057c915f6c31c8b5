import { asIdentityError } from '../../platform/error.ts'
import type { Access } from './bound.ts'
import { Conversation } from './conversation.ts'

/** Opens a connection, says who one is, and closes it: the result code of the bind. @throws TARGET_UNAVAILABLE when the
 *  directory cannot be reached, or does not answer in time */
export async function bindAs(
  target: string,
  access: Access,
  bindDn: string,
  password: string,
): Promise<number> {
  try {
    using _bound = await Conversation.open(target, { ...access, bindDn, password })
    return 0
  } catch (error) {
    const code = asIdentityError(error).details['resultCode']
    if (typeof code === 'number') return code
    throw error
  }
}
