/** Time, as a parameter. Instants are `Date` in UTC; durations are milliseconds of a monotonic clock. */
export interface Clock {
  /** The instant now. */
  now(): Date
  /** Milliseconds of a clock that never goes back; only differences mean something. */
  monotonic(): number
  /** Resolves after `ms` milliseconds, or at once (without error) when `signal` aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Runs `act` once after `ms` milliseconds unless disposed before. Does not keep the process alive. */
  after(ms: number, act: () => void): Disposable
}

/** The real clock. */
export const systemClock: Clock = {
  now: () => new Date(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) {
        resolve()
        return
      }
      const done = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, ms)
      signal?.addEventListener('abort', done, { once: true })
    }),
  after: (ms, act) => {
    const timer = setTimeout(act, ms)
    timer.unref()
    return { [Symbol.dispose]: () => clearTimeout(timer) }
  },
}

/** The instant `ms` milliseconds after `instant`. */
export function later(instant: Date, ms: number): Date {
  return new Date(instant.getTime() + ms)
}
