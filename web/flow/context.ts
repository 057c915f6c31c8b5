import { later } from '../../platform/clock.ts'
import type { House } from './house.ts'

const minutes = 15

/** A sealed note of who is choosing a password: for the judgement while they type, and nothing else. */
export async function contextFor({ ring, clock }: House, number: string): Promise<string> {
  return ring.seal(
    'context',
    JSON.stringify({ number, until: later(clock.now(), minutes * 60_000).getTime() }),
  )
}

/** Whose context this is, or null: unreadable, altered or run out. */
export async function readContext({ ring, clock }: House, context: string): Promise<string | null> {
  try {
    const { number, until } = JSON.parse(await ring.unseal('context', context)) as {
      number: string
      until: number
    }
    return until > clock.now().getTime() ? number : null
  } catch {
    return null
  }
}
