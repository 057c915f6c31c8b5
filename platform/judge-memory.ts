import { createHmac } from 'node:crypto'
import type { Chance } from './chance.ts'
import type { Clock } from './clock.ts'
import type { Measure } from './judgement.ts'

/** What was measured a moment ago, so that the password that is chosen need not be measured again after it was judged
 *  while it was typed. It holds no password: whose measure it is, is an HMAC of password and owner's data under a key
 *  that lives and dies with this process. */
export interface JudgeMemory {
  recall(password: string, own: readonly string[]): Measure | null
  keep(password: string, own: readonly string[], measure: Measure): void
}

export interface JudgeMemoryOptions {
  readonly clock: Clock
  readonly chance: Chance
  /** Measures held at once (5,000); the oldest goes first. */
  readonly most?: number
  /** How long one is held, in milliseconds (10 minutes). */
  readonly forMs?: number
}

export function createJudgeMemory({
  clock,
  chance,
  most = 5_000,
  forMs = 600_000,
}: JudgeMemoryOptions): JudgeMemory {
  const key = chance.bytes(32)
  const held = new Map<string, { readonly measure: Measure; readonly until: number }>()
  const nameOf = (password: string, own: readonly string[]) =>
    createHmac('sha256', key)
      .update(JSON.stringify([password, own]))
      .digest('base64url')

  return {
    recall(password, own) {
      if (own.length === 0) return null
      const found = held.get(nameOf(password, own))
      return found !== undefined && found.until > clock.monotonic() ? found.measure : null
    },
    keep(password, own, measure) {
      // Judged for nobody, it would be everybody's: a quicker answer would say that somebody has just typed it.
      if (own.length === 0) return
      const name = nameOf(password, own)
      held.delete(name)
      held.set(name, { measure, until: clock.monotonic() + forMs })
      const [oldest] = held.keys()
      if (held.size > most && oldest !== undefined) held.delete(oldest)
    },
  }
}
