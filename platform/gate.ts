import { IdentityError } from './error.ts'

/** Lets at most `concurrency` acts run at once; others wait in order. */
export interface Gate {
  /** Runs `act` when its turn comes. Rejects at once with IdentityError UNAVAILABLE (transient) when `waiting`
   *  acts already wait: a queue without a bound only hides that nobody is served any more. */
  run<Result>(act: () => Promise<Result>): Promise<Result>
}

/** @param concurrency acts at once, 1 or more
 *  @param waiting acts that may wait */
export function createGate({ concurrency, waiting }: { concurrency: number; waiting: number }): Gate {
  const queue: (() => void)[] = []
  let running = 0
  const enter = async (): Promise<void> => {
    if (running < concurrency) {
      running += 1
      return
    }
    if (queue.length >= waiting) {
      throw new IdentityError('UNAVAILABLE', 'Too much work is waiting already.', { transient: true })
    }
    await new Promise<void>((resolve) => queue.push(resolve))
  }
  // A place is handed to the next in line without ever becoming free, so that nobody can slip in between.
  const leave = () => {
    const next = queue.shift()
    if (next === undefined) running -= 1
    else next()
  }
  return {
    async run(act) {
      await enter()
      try {
        return await act()
      } finally {
        leave()
      }
    },
  }
}
