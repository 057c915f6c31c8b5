import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generateUniversity, openYearOn } from '../demo/generate.ts'
import { writeDrop } from '../demo/generate-drop.ts'
import { parisDay } from '../domain/paris.ts'
import type { Clock } from '../platform/clock.ts'
import type { Settings } from '../platform/settings.ts'

/** Students of the demonstration. */
const students = 300

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
