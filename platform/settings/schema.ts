import type { z } from 'zod'
import { peopleSettings } from './schema-people.ts'
import { reachSettings } from './schema-reach.ts'
import { workSettings } from './schema-work.ts'
import { group, key } from './group.ts'
import { path } from './parts.ts'

/** Every setting of Matricule, as one strict tree: names, kinds, defaults, and what each means. Whoever reads the
 *  settings reads `Config`; whoever documents them reads this. */
export const settingsSchema = group('The settings of Matricule, in matricule.yaml.', {
  home: key(
    path.nullable().default(null),
    'Folder of everything Matricule keeps: registry, key ring, lock. Absent: MATRICULE_HOME, else `var`.',
  ),
  ...reachSettings,
  ...peopleSettings,
  ...workSettings,
})

export type SettingsInput = z.input<typeof settingsSchema>
export type SettingsTree = z.output<typeof settingsSchema>
