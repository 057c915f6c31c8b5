import { asIdentityError } from '../../platform/error.ts'
import { gather } from '../../platform/gather.ts'
import type { UseKey, UseToken } from '../../registry/claims.ts'
import { useKeys, type Proposal } from '../../registry/key-claim.ts'
import { giveBackEach, takeEach, type Limit } from '../../registry/limits.ts'
import { keyHoldersOf, type KeyHolder } from '../../registry/students.ts'
import { useTokens, type TokenClaim } from '../../registry/token-claim.ts'
import { isRivalry } from '../../registry/unavailable.ts'
import type { House } from './house.ts'

/** What many students ask of the registry in the same moment, as few statements. */
export interface Gathered {
  take(limits: readonly Limit[]): Promise<number | null>
  giveBack(limits: readonly Limit[]): Promise<void>
  keyHolder(number: string): Promise<KeyHolder | null>
  readonly useKey: UseKey
  readonly useToken: UseToken
}

/** Whoever asks while others are served is served next, with all who came meanwhile. While passwords wait for a processor
 *  to hash them nothing can be had by haste: then trying and claiming wait for others too, for as long as that lasts and
 *  no longer than the settings say. Known and unknown students wait alike. */
export function gatheredOn({ registry, verifiers, clock, rules }: House): Gathered {
  const { db } = registry
  const { most, forMs } = rules.gathering
  const leisure = async (enough: AbortSignal) => {
    const over = new AbortController()
    const signal = AbortSignal.any([enough, over.signal])
    await Promise.race([clock.sleep(forMs, signal), verifiers.caughtUp(signal)])
    over.abort()
  }
  const atLeisure = <Asked, Answer>(act: (asked: readonly Asked[]) => Promise<readonly Answer[]>) =>
    gather(act, most, leisure, isOfOne)
  const takes = atLeisure((tries: readonly (readonly Limit[])[]) => takeEach(db, tries, clock.now()))
  const givesBack = gather(
    async (tries: readonly (readonly Limit[])[]) => {
      await giveBackEach(db, tries)
      return tries.map(() => undefined)
    },
    most,
    undefined,
    isOfOne,
  )
  return {
    take: takes,
    giveBack: givesBack,
    keyHolder: gather((numbers: readonly string[]) => keyHoldersOf(db, numbers), most, undefined, isOfOne),
    useKey: atLeisure((proposals: readonly Proposal[]) => useKeys(db, proposals, true)),
    useToken: atLeisure((claims: readonly TokenClaim[]) => useTokens(db, claims, true)),
  }
}

/** Whether what failed for several may be the fault of one of them; a registry that is away is away for all. */
function isOfOne(error: unknown): boolean {
  const { code, details } = asIdentityError(error)
  return code !== 'UNAVAILABLE' || isRivalry(error) || details['sqlState'] === statementGivenUp
}

/** query_canceled: it lasted too long, perhaps since somebody else holds one of the rows. */
const statementGivenUp = '57014'
