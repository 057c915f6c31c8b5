import type { Config } from '../platform/settings.ts'

/** How often the source is looked at. */
export function lookMs({ source }: Config): number {
  const isDatabase = source.kind === 'oracle' || source.kind === 'postgres'
  return isDatabase ? source.changes_every_minutes * 60_000 : source.interval_seconds * 1000
}
