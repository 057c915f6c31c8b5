import { IdentityError } from '../../platform/error.ts'
import type { Leadership } from '../leadership.ts'
import type { Lane, Target } from './target.ts'

/** A target that is written, and signed in to, only while we lead it: asked before each change, wherever it comes from,
 *  and again when its turn to be sent has come: behind a directory that hangs that may be after the lease. */
export function led(target: Target, leadership: Leadership): Target {
  const { name } = target
  const mustLead = (): void => {
    if (!leadership.leads(name))
      throw new IdentityError('LEADER_ELSEWHERE', `${name}: another daemon leads`, { transient: true })
  }
  const whileLeading = async <T>(act: () => Promise<T>): Promise<T> => {
    mustLead()
    return act()
  }
  const guarded = (lane: Lane): Lane => ({
    read: (number, stand) => lane.read(number, stand),
    apply: (change, verifier, seen) => whileLeading(() => lane.apply(change, verifier, seen, mustLead)),
  })
  const { bind } = target
  const lanes = { pass: guarded(target.lane('pass')), nudge: guarded(target.lane('nudge')) }
  return {
    name,
    profile: target.profile,
    mode: target.mode,
    ...(target.restMs === undefined ? {} : { restMs: target.restMs }),
    ...(target.mostInHand === undefined ? {} : { mostInHand: target.mostInHand }),
    scan: (signal) => target.scan(signal),
    changesSince: (mark, signal) => target.changesSince(mark, signal),
    lane: (which) => lanes[which],
    respell: (desired, found) => target.respell(desired, found),
    ...(target.circuit === undefined ? {} : { circuit: target.circuit }),
    ...(target.isLeftAlone === undefined ? {} : { isLeftAlone: target.isLeftAlone }),
    ...(target.examine === undefined ? {} : { examine: target.examine }),
    ...(target.isInSight === undefined ? {} : { isInSight: target.isInSight }),
    // A bind that fails leaves a trace in a directory with a password policy.
    ...(bind === undefined ? {} : { bind: (dn, password) => whileLeading(() => bind(dn, password)) }),
    close: () => target.close(),
  }
}
