import { IdentityError } from '../../platform/error.ts'
import type { Limit } from '../../registry/limits.ts'
import type { Door } from './door.ts'
import type { House } from './house.ts'

/** Tries counted against a network, and against a student from that network: never against a student alone, so that
 *  nobody can lock somebody else (rules: throttling). Whose they are is kept as a MAC only. */
export function triesOf({ ring, rules }: House, network: string, studentNumber?: string): Limit[] {
  const { keyFailures, keyWindowMs, networkFailures, networkWindowMs } = rules.limits
  const subject = (text: string) => ring.mac('limit', text)
  return [
    {
      scope: 'network',
      subject: subject(network),
      number: null,
      count: networkFailures,
      windowMs: networkWindowMs,
    },
    ...(studentNumber === undefined
      ? []
      : [
          {
            scope: 'student',
            subject: subject(`${studentNumber} ${network}`),
            number: studentNumber,
            count: keyFailures,
            windowMs: keyWindowMs,
          },
        ]),
  ]
}

/** Spends a try, or throws TOO_MANY_ATTEMPTS with the seconds to wait. Returns how to give it back. */
export async function spendTry({ gathered }: Door, limits: readonly Limit[]): Promise<() => Promise<void>> {
  const wait = await gathered.take(limits)
  if (wait !== null) {
    throw new IdentityError('TOO_MANY_ATTEMPTS', 'too many attempts', {
      details: { retryAfterSeconds: wait },
    })
  }
  return () => gathered.giveBack(limits)
}
