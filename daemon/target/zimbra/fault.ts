import { IdentityError } from '../../../platform/error.ts'
import { unavailable } from '../refusal.ts'
import { children, only, textOf, type Element } from './envelope.ts'

/** Faults after which the same change may succeed without anybody changing it: rights are being granted, a mailbox is
 *  being moved, a quota of accounts is full, the domain is still to be made, or an account moved between reading and
 *  writing. */
const passing: ReadonlySet<string> = new Set([
  'account.MAINTENANCE_MODE',
  'account.NO_SUCH_ACCOUNT',
  'account.NO_SUCH_ALIAS',
  'account.NO_SUCH_DOMAIN',
  'account.TOO_MANY_ACCOUNTS',
  'service.PERM_DENIED',
])

/** Faults that say nothing of the request: who asks is not let in, or the server cannot answer now. */
const ofTheServer: ReadonlySet<string> = new Set([
  'account.AUTH_FAILED',
  'account.CHANGE_PASSWORD',
  'account.TWO_FACTOR_AUTH_REQUIRED',
  'service.AUTH_EXPIRED',
  'service.AUTH_REQUIRED',
  'service.FAILURE',
  'service.INTERRUPTED',
  'service.RESOURCE_UNREACHABLE',
  'service.TEMPORARILY_UNAVAILABLE',
])

/** The token has run out, or is one of a server that has restarted. */
export function isTokenOver(code: string): boolean {
  return code === 'service.AUTH_EXPIRED' || code === 'service.AUTH_REQUIRED'
}

/** The code of a fault, such as `account.NO_SUCH_ACCOUNT`. Its text is left where it is: it may name people. */
export function codeOf(fault: Element): string {
  const detail = only(fault, 'Detail')
  const error = detail && only(detail, 'Error')
  const code = error && only(error, 'Code')
  return code ? textOf(code) : 'unknown'
}

/** A fault as an error of ours. */
export function faulted(target: string, fault: Element): IdentityError {
  const code = codeOf(fault)
  const facts = { target, fault: code }
  const by = children(fault, 'Code').flatMap((each) => children(each, 'Value').map(textOf))
  const isTheirs = by.some((value) => value.endsWith('Receiver')) || ofTheServer.has(code)
  if (isTheirs && !passing.has(code))
    return new IdentityError('TARGET_UNAVAILABLE', `${target} answered ${code}`, {
      transient: true,
      details: facts,
    })
  return new IdentityError('TARGET_REFUSED', `${target} answered ${code}`, {
    transient: passing.has(code),
    details: facts,
  })
}

/** Whether an error is this fault of Zimbra's. */
export function isFault(error: unknown, code: string): boolean {
  return error instanceof IdentityError && error.details['fault'] === code
}

/** Anything that kept us from an answer. */
export function unanswered(target: string, cause: unknown): IdentityError {
  return cause instanceof IdentityError ? cause : unavailable(target, 'cannot be reached', cause)
}
