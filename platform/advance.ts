import type { Clock } from './clock.ts'

/** How far a step of long work has come. */
export interface Advance {
  /** In a few words, for people. */
  readonly step: string
  readonly done: number
  /** Null where nobody knows how much there is. */
  readonly of: number | null
}

/** Tells how far long work has come to whoever waits for it. Nothing is decided by it. */
export interface Advances {
  /** A step begins; it ends when what is returned is disposed of. */
  begin(step: string, of?: number): Advancing
  /** Calls with all steps under way, now and then, for as long as it is not disposed of. */
  listen(listener: (advances: readonly Advance[]) => void): Disposable
}

export interface Advancing extends Disposable {
  by(more: number): void
}

/** Between two tellings: faster than anybody reads, and slower than the work. */
const everyMs = 100

export function createAdvances(clock: Pick<Clock, 'monotonic'>): Advances {
  const steps = new Set<{ step: string; done: number; of: number | null }>()
  const listeners = new Set<{ told: number; call: (advances: readonly Advance[]) => void }>()
  const tell = (): void => {
    if (listeners.size === 0) return
    const now = clock.monotonic()
    for (const listener of listeners) {
      if (now - listener.told < everyMs) continue
      listener.told = now
      listener.call([...steps].map((each) => ({ ...each })))
    }
  }
  return {
    begin(step, of) {
      const advance = { step, done: 0, of: of ?? null }
      steps.add(advance)
      tell()
      return {
        by(more) {
          advance.done += more
          tell()
        },
        [Symbol.dispose]: () => void steps.delete(advance),
      }
    },
    listen(call) {
      const listener = { told: -Infinity, call }
      listeners.add(listener)
      return { [Symbol.dispose]: () => void listeners.delete(listener) }
    },
  }
}
