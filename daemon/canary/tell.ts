import type { Metrics } from '../../platform/metrics.ts'
import { canaryResults, type CanaryRow } from '../../registry/canary.ts'

/** Tells Prometheus what became of the last try, whoever made it: a daemon that has just begun to lead tells it too. */
export function tell(metrics: Metrics, { target, result, succeeded_at }: CanaryRow): void {
  if (result !== null)
    for (const each of canaryResults)
      metrics.canaryResult.set({ target, result: each }, each === result ? 1 : 0)
  if (succeeded_at !== null) metrics.canaryLastSuccess.set({ target }, succeeded_at.getTime() / 1_000)
}

/** What a daemon that does not lead once knew would be told for ever. */
export function forget(metrics: Metrics, target: string): void {
  for (const result of canaryResults) metrics.canaryResult.remove({ target, result })
  metrics.canaryLastSuccess.remove({ target })
}
