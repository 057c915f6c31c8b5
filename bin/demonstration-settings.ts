import { join } from 'node:path'
import { loadSettings, type Settings } from '../platform/settings.ts'

/** The composantes of the generated university, by faculty. */
const teaching: Readonly<Record<string, readonly string[]>> = {
  lettres: ['LET'],
  sciences: ['SCI'],
  medecine: ['SAN'],
}

/** The settings of the demonstration: those given, above its own. */
export function demonstrationSettings(env: NodeJS.ProcessEnv, first: Settings): Settings {
  const { config } = first
  return loadSettings({
    env,
    under: {
      source: { kind: 'drop', path: join(config.home, 'drop'), interval_seconds: 5 },
      letters: { send_at: 'now', per_minute: 6_000, lists_on: 'never' },
      faculties: config.faculties.map((faculty) => ({ ...faculty, components: teaching[faculty.id] ?? [] })),
      keys: { out_path: join(config.home, 'keys.csv') },
      links: { ent: 'https://ent.example.org', ent_upmc: 'https://ent-upmc.example.org' },
      log: { level: 'warn' },
      daemon: { pass_interval_seconds: 10 },
      // Who looks into its directories sees those who activated, and nobody else.
      canary: { enabled: false },
    },
  })
}
