import type { Clock } from '../../platform/clock.ts'

/** How many letters may leave, so that a mail server gets no more than it takes on the big morning. */
export interface LetterPace {
  /** Letters that may leave now. */
  allowed(): number
  left(count: number): void
}

/** No more than `perMinute` on the whole; what was not used is kept for what leaves at once after a rest: what fits into
 *  the time between two looks, and ten at least, so that a slow pace keeps nobody waiting who is alone. */
export function letterPace(
  perMinute: number,
  betweenLooksMs: number,
  { monotonic }: Pick<Clock, 'monotonic'>,
): LetterPace {
  const perMs = perMinute / 60_000
  const most = atOnce(perMinute, betweenLooksMs)
  let allowance = most
  let before = monotonic()
  return {
    allowed() {
      const now = monotonic()
      allowance = Math.min(most, allowance + (now - before) * perMs)
      before = now
      return Math.max(0, Math.floor(allowance))
    },
    left(count) {
      allowance -= count
    },
  }
}

/** Letters that leave together after a rest. */
export function atOnce(perMinute: number, betweenLooksMs: number): number {
  return Math.max(10, Math.ceil((perMinute / 60_000) * betweenLooksMs))
}
