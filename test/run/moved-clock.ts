import { systemClock, type Clock } from '../../platform/clock.ts'

/** A clock that shows what a test says. Sleeps and durations are real. */
export interface MovedClock extends Clock {
  /** Moves the instant on, or back. */
  move(ms: number): void
  set(instant: string): void
}

export const second = 1_000
export const minute = 60_000
export const hour = 3_600_000
export const day = 86_400_000

/** A clock that stands at `instant`, one millisecond further at each look: no two acts have the same instant. */
export function movedClock(instant: string): MovedClock {
  let at = new Date(instant).getTime()
  return {
    ...systemClock,
    now: () => new Date(++at),
    move: (ms) => {
      at += ms
    },
    set: (to) => {
      at = new Date(to).getTime()
    },
  }
}
