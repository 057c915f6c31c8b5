import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generateUniversity, openYearOn } from '../demo/generate.ts'
import { writeDrop } from '../demo/generate-drop.ts'
import { parisDay } from '../domain/paris.ts'
import type { Clock } from '../platform/clock.ts'
import { loadSettings, type Settings } from '../platform/settings.ts'

/** Students of the demonstration. */
const students = 300

/** The settings of the demonstration: those given, above its own. */
export function demonstrationSettings(env: NodeJS.ProcessEnv, first: Settings): Settings {
  const { config } = first
  return loadSettings({
    env,
    under: {
      source: { kind: 'drop', path: join(config.home, 'drop'), interval_seconds: 5 },
      letters: { send_at: 'now', per_minute: 6_000 },
      keys: { out_path: join(config.home, 'keys.csv') },
      log: { level: 'warn' },
      daemon: { pass_interval_seconds: 10 },
    },
  })
}

/** Writes the demonstration's university where the source will find it, once in an academic year. */
export async function prepareDrop(settings: Settings, clock: Clock): Promise<void> {
  const folder = settings.config.source.path
  if (folder === null) return
  const now = clock.now()
  const today = parisDay(now)
  const open = openYearOn(today)
  const last = await readFile(join(folder, 'manifest.json'), 'utf8').catch(() => null)
  const known = last === null ? null : (JSON.parse(last) as { snapshot: number; open_years: string[] })
  // A demonstration taken up again in another academic year gets that year's snapshot.
  if (known?.open_years.includes(open)) return
  const records = generateUniversity({ students, seed: 'demonstration', today })
  await writeDrop(folder, records, { snapshot: (known?.snapshot ?? 0) + 1, takenAt: now, openYears: [open] })
}
