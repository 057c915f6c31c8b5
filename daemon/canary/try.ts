import { asIdentityError, IdentityError } from '../../platform/error.ts'
import {
  canaryOf,
  claimTry,
  dropCanary,
  restartCanary,
  writeResult,
  type CanaryResult,
  type CanaryRow,
} from '../../registry/canary.ts'
import type { Canary, Rooms } from '../rooms.ts'
import { isTargetTakenOver } from '../taken-over.ts'
import type { Target } from '../target/target.ts'
import { choose, randomPassword } from './choose.ts'
import { keep, takeAway } from './keep.ts'
import { forget, tell } from './tell.ts'

/** Result codes by which a directory says that a password does not open: 49, and what servers say when an account may not
 *  sign in at all (19 locked by policy, 48 no password, 50 no right to it, 53). */
const refusing = new Set([19, 48, 49, 50, 53])
const wrongPassword = 49

/** Tries sign-in in one target, as its leader and once in a period: the entry of the canary is kept, the right password
 *  must open, and then a wrong one must not. Where the right one is refused no wrong one is tried, so that at most one bind
 *  fails in a period. Null when nothing was tried. */
export async function tryCanary(rooms: Rooms, target: Target): Promise<CanaryResult | null> {
  const { registry, leadership, metrics, canary, log } = rooms
  const { db } = registry
  if (!leadership.leads(target.name)) {
    forget(metrics, target.name)
    return null
  }
  const known = await canaryOf(db, target.name)
  if (target.mode !== 'write' || target.bind === undefined) return null
  if (canary === undefined) {
    if (known !== null) await retire(rooms, target, known)
    return null
  }
  if (known !== null) tell(metrics, known)
  // Where others' students still stand unknown, nothing is added (rules: taking over).
  if (!(await isTargetTakenOver(registry, target))) return null
  const claimed = await claimTry(db, { target: target.name, login: canary.login }, canary)
  if (claimed === null) return null
  const result = await attempt(rooms, canary, target, claimed)
  if (result === null) return null
  const seconds = await writeResult(db, target.name, result)
  if (seconds !== null) {
    metrics.canaryEffective.observe({ target: target.name }, seconds)
    log.info('canary-effective', { target: target.name, seconds })
  }
  if (result === 'fine' && claimed.result !== null && claimed.result !== 'fine')
    log.info('canary-recovered', { target: target.name })
  const row = await canaryOf(db, target.name)
  if (row !== null) tell(metrics, row)
  return result
}

async function attempt(
  rooms: Rooms,
  canary: Canary,
  target: Target,
  claimed: CanaryRow & { readonly renews: boolean },
): Promise<CanaryResult | null> {
  try {
    let row: CanaryRow = claimed
    if (row.login !== canary.login) {
      await takeAway(rooms, target, row)
      row = await restartCanary(rooms.registry.db, target.name, canary.login)
    }
    if (claimed.renews || row.scheme !== target.profile.scheme) row = await choose(rooms, canary, target)
    const dn = await keep(rooms, target, row)
    return await signIn(rooms, target, dn, await rooms.ring.unseal('canary', row.sealed_password ?? ''))
  } catch (thrown) {
    const error = asIdentityError(thrown)
    // Another daemon has the next try.
    if (error.code === 'LEADER_ELSEWHERE') return null
    const result = resultOf(error)
    if (result === null) throw thrown
    rooms.log.error('canary-failed', { target: target.name, result, code: error.code }, error)
    return result
  }
}

/** One bind that must succeed, and one that must not. */
async function signIn(
  { clock, metrics, ...rooms }: Rooms,
  { name, bind = never }: Target,
  dn: string,
  password: string,
): Promise<CanaryResult> {
  const began = clock.monotonic()
  const right = await bind(dn, password)
  if (right !== 0)
    throw answeredBy(name, right, refusing.has(right) ? 'CANARY_REFUSED' : 'TARGET_UNAVAILABLE')
  metrics.canaryBind.observe({ target: name }, (clock.monotonic() - began) / 1_000)
  const wrong = await bind(dn, randomPassword(rooms))
  if (wrong !== wrongPassword)
    throw answeredBy(name, wrong, wrong === 0 ? 'CANARY_OPEN' : 'TARGET_UNAVAILABLE')
  return 'fine'
}

function answeredBy(
  target: string,
  resultCode: number,
  code: 'CANARY_OPEN' | 'CANARY_REFUSED' | 'TARGET_UNAVAILABLE',
): IdentityError {
  const what = {
    CANARY_OPEN: 'took a wrong password',
    CANARY_REFUSED: `refused the right password with ${resultCode}`,
    TARGET_UNAVAILABLE: `judged no password, and answered ${resultCode}`,
  }
  return new IdentityError(code, `${target} ${what[code]}`, {
    transient: code !== 'CANARY_OPEN',
    details: { target, resultCode },
  })
}

function resultOf({ code }: IdentityError): CanaryResult | null {
  switch (code) {
    case 'CANARY_OPEN':
      return 'open'
    case 'CANARY_REFUSED':
      return 'refused'
    case 'TARGET_UNAVAILABLE':
      return 'unanswered'
    case 'TARGET_REFUSED':
    case 'TARGET_CONFLICT':
      return 'unwritten'
    default:
      return null
  }
}

/** Switched off: nothing of it stays behind. */
async function retire(rooms: Rooms, target: Target, row: CanaryRow): Promise<void> {
  await takeAway(rooms, target, row)
  await dropCanary(rooms.registry.db, target.name)
  forget(rooms.metrics, target.name)
  rooms.log.info('canary-removed', { target: target.name })
}

const never = () => Promise.reject(new TypeError('nobody signs in there'))
