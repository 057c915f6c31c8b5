import { IdentityError } from './error.ts'

/** Lets at most `concurrency` acts run at once; others wait in order. */
export interface Gate {
  /** Runs `act` when its turn comes. Rejects at once with IdentityError UNAVAILABLE (transient) when `waiting`
   *  acts already wait: a queue without a bound only hides that nobody is served any more. */
  run<Result>(act: () => Promise<Result>): Promise<Result>
  /** Resolves when no act waits for its turn, or when `signal` aborts. */
  caughtUp(signal: AbortSignal): Promise<void>
}

/** @param concurrency acts at once, 1 or more
 *  @param waiting acts that may wait */
export function createGate({ concurrency, waiting }: { concurrency: number; waiting: number }): Gate {
  const queue: (() => void)[] = []
  const curious = new Set<() => void>()
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
    if (queue.length === 0) for (const tell of curious) tell()
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
    async caughtUp(signal) {
      if (queue.length === 0 || signal.aborted) return
      const { promise, resolve } = Promise.withResolvers<undefined>()
      const tell = () => resolve(undefined)
      curious.add(tell)
      signal.addEventListener('abort', tell, { once: true })
      await promise
      curious.delete(tell)
      signal.removeEventListener('abort', tell)
    },
  }
}
