import type { AccountEvent, AccountState } from './account.ts'
import type { AddressState } from './address.ts'
import { returnsAfterGap, type Right } from './right.ts'

/** All that decides what happens to one student at a new look at the facts. */
export interface Standing {
  readonly state: AccountState
  readonly right: Right
  /** The latest year in which a right was held before the one looked at, by our memory or by the record. */
  readonly lastRightYear: string | null
  readonly address: AddressState
  /** The newest key, if any was ever issued. */
  readonly key: { readonly version: number; readonly state: 'waiting' | 'used' | 'replaced' } | null
  /** The open year for which that key was last mailed. */
  readonly invitedFor: string | null
  /** Whole days since the right ended; null while there is one. */
  readonly daysWithoutRight: number | null
}

export interface LeaveRules {
  readonly suspendAfter: number
  readonly closeAfter: number
  readonly purgeAfter: number
}

/** What follows from a standing. With a right, applying it and looking again decides nothing more; without one, each
 *  look takes at most one step of leaving. */
export interface Decision {
  readonly event: AccountEvent | null
  /** A new key is due; with `forgets`, the verifiers of the former life are destroyed first. */
  readonly issuesKey: boolean
  readonly forgets: boolean
  /** The open year for which the key must be mailed now. */
  readonly invites: string | null
}

/** Nothing follows. */
export const nothing: Decision = { event: null, issuesKey: false, forgets: false, invites: null }

/** Decides for one student (rules: the key, accounts). */
export function decide(standing: Standing, leave: LeaveRules): Decision {
  const { state, right, key } = standing
  if (right.kind === 'none') return leaving(standing, leave)
  const waiting = key?.state === 'waiting'
  if (right.kind === 'grace')
    return state === 'suspended' && !waiting ? { ...nothing, event: 'reinstated' } : nothing

  if (state === 'active') return nothing
  const year = right.years.at(-1) ?? ''
  const without = state === 'none' || state === 'purged'
  const comesBack =
    (state === 'suspended' || state === 'closed') &&
    returnsAfterGap(standing.lastRightYear, right.years[0] ?? '')
  if (state === 'suspended' && !comesBack && !waiting) return { ...nothing, event: 'reinstated' }

  const issuesKey = !waiting && (without || state === 'invited' || state === 'closed' || comesBack)
  const invites =
    (waiting || issuesKey) &&
    standing.address === 'usable' &&
    (issuesKey || (standing.invitedFor ?? '') < year)
      ? year
      : null
  return { event: without ? 'invited' : null, issuesKey, forgets: issuesKey && state !== 'none', invites }
}

function leaving({ state, daysWithoutRight }: Standing, leave: LeaveRules): Decision {
  const days = daysWithoutRight ?? 0
  if (state === 'active' && days >= leave.suspendAfter) return { ...nothing, event: 'suspended' }
  if (state === 'suspended' && days >= leave.closeAfter) return { ...nothing, event: 'closed' }
  if (state === 'closed' && days >= leave.purgeAfter) return { ...nothing, event: 'purged' }
  return nothing
}
