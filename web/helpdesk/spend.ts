import { IdentityError } from '../../platform/error.ts'
import { giveBack, take, type Limit } from '../../registry/limits.ts'
import type { Helpdesk } from './options.ts'

const hour = 3_600_000

/** Counts one act against a limit of the hour that survives a restart, and does it; what fails is not counted. Throws
 *  TOO_MANY_ATTEMPTS. */
export async function spending<T>(
  { registry, ring, clock }: Pick<Helpdesk, 'registry' | 'ring' | 'clock'>,
  limit: { readonly scope: string; readonly whose: string; readonly count: number },
  act: () => Promise<T>,
): Promise<T> {
  const { scope, whose, count } = limit
  const limits: Limit[] = [
    { scope, subject: ring.mac('limit', `${scope} ${whose}`), number: null, count, windowMs: hour },
  ]
  const wait = await take(registry.db, limits, clock.now())
  if (wait !== null)
    throw new IdentityError('TOO_MANY_ATTEMPTS', `too many of ${scope} within the hour`, {
      details: { retryAfterSeconds: wait },
    })
  try {
    return await act()
  } catch (error) {
    await giveBack(registry.db, limits)
    throw error
  }
}
