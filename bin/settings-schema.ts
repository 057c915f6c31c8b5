import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { packageRoot } from '../platform/root.ts'
import { settingsJsonSchema, settingsMarkdown } from '../platform/settings/document.ts'

/** Writes what is made from the settings' own schema; with `--check`, exits 1 if what lies there differs. */
const made: readonly (readonly [string, string])[] = [
  ['schemas/settings/matricule.schema.json', settingsJsonSchema()],
  ['docs/settings.md', settingsMarkdown()],
]

for (const [name, text] of made) {
  const path = join(packageRoot, name)
  if (!process.argv.includes('--check')) {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  } else if (read(path) !== text) {
    console.error(`${name} is not what platform/settings/ says: run node bin/settings-schema.ts`)
    process.exitCode = 1
  }
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
