import type { Clock } from '../platform/clock.ts'

/** Answers about a student from one question to the next, for as long as the account has the version that it had when it
 *  was asked: one student is settled in several targets, one after the other. What is remembered was read when the account
 *  had that version already, so it is of that version or a later one, never of an earlier one. The `most` asked last are
 *  kept, and none for longer than `forMs`: not everything that is read of a student moves the version at once. */
export function remembered<Answer>(
  ask: (number: string) => Promise<Answer>,
  { most, forMs, clock }: { most: number; forMs: number; clock: Clock },
): (number: string, version: number) => Promise<Answer> {
  interface Known {
    readonly version: number
    readonly at: number
    readonly answer: Promise<Answer>
  }
  const known = new Map<string, Known>()
  return (number, version) => {
    const at = clock.monotonic()
    const before = known.get(number)
    if (before?.version === version && at - before.at < forMs) return before.answer
    const answer = ask(number)
    known.delete(number)
    known.set(number, { version, at, answer })
    const [oldest] = known.keys()
    if (known.size > most && oldest !== undefined) known.delete(oldest)
    // What has failed is asked again.
    answer.catch(() => {
      if (known.get(number)?.answer === answer) known.delete(number)
    })
    return answer
  }
}
