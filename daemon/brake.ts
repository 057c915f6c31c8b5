import { approvedSets, endApproved, endHolds, hold } from '../registry/holds.ts'
import type { HoldKind, Tx } from '../registry/tables.ts'
import { guard, type Brakes } from './guard.ts'
import type { Rooms } from './rooms.ts'

/** A set that would lose something, and what letting it go through means. */
export interface Losing {
  readonly kind: HoldKind
  readonly target: string | null
  readonly numbers: readonly string[]
  /** How many have now what would be lost. */
  readonly whole: number
  readonly brakes: Brakes
  /** What a person is asked, from how many are held. */
  readonly detail: (held: number) => string
  /** Lets the free ones go, in the transaction that spends the approvals; null where the caller lets them go in steps
   *  and spends the approvals after the last. */
  readonly release: ((tx: Tx, free: readonly string[]) => Promise<void>) | null
}

export interface Braked {
  readonly held: ReadonlySet<string>
  /** The digest to approve; null when nothing is held. */
  readonly digest: string | null
  /** The approvals that freed some. */
  readonly approvals: readonly string[]
}

/** Lets go what the guard lets through, and holds the rest for a person (rules: brakes). One transaction: an approval
 *  is spent exactly when what it authorises is done. */
export async function brake({ registry, clock, log, metrics }: Rooms, losing: Losing): Promise<Braked> {
  const { kind, target } = losing
  const at = clock.now()
  const approved = await approvedSets(registry.db, kind, target)
  const { free, held } = guard(losing.numbers, losing.whole, approved.members, losing.brakes)
  const digest = await registry.transaction(async (tx) => {
    if (losing.release) {
      await losing.release(tx, free)
      await endApproved(tx, approved.digests, at)
    }
    if (held.length > 0)
      return hold(tx, { kind, target, detail: losing.detail(held.length), members: held, at })
    await endHolds(tx, kind, target, at)
    return null
  })
  metrics.planHeld.set({ target: target ?? kind }, held.length)
  if (digest !== null) log.warn('held', { kind, target, digest, members: held.length })
  return { held: new Set(held), digest, approvals: approved.digests }
}
