import { z } from 'zod'
import { leavesOf, type Leaf } from './leaves.ts'
import { secretMark } from './parts.ts'
import { settingsSchema } from './schema.ts'
import { houseTargets, targetSchema } from './targets.ts'

/** The JSON schema (2020-12) of `matricule.yaml`, for editors and for checks. As text, ending in a line break. */
export function settingsJsonSchema(): string {
  const schema = z.toJSONSchema(settingsSchema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      if (jsonSchema.format !== secretMark) return
      delete jsonSchema.format
      jsonSchema.writeOnly = true
    },
  })
  return `${JSON.stringify({ title: 'matricule.yaml', ...schema }, null, 2)}\n`
}

/** `docs/settings.md`: every setting with its variable, its default and its meaning. */
export function settingsMarkdown(): string {
  const targets = leavesOf(targetSchema, ['targets', '<name>'])
  const leaves = [...leavesOf(settingsSchema), ...targets]
  const groups = [...new Set(leaves.map((leaf) => leaf.path[0] ?? ''))].sort()
  const sections = groups.map((name) => {
    const rows = leaves.filter((leaf) => leaf.path[0] === name).map(rowOf)
    return [`## ${name}`, '', '| key | default | meaning |', '|---|---|---|', ...rows, ''].join('\n')
  })
  return [preface(), ...sections].join('\n')
}

function preface(): string {
  return `# Settings

Made by \`node bin/settings-schema.ts\` from \`platform/settings/\`: change it there.

One file, \`matricule.yaml\`: the one \`MATRICULE_CONFIG\` names, else the one in the home, else the one in the current
folder. The key \`a.b.c\` may be given, or overridden, as the variable \`MATRICULE_A_B_C\`: lists by commas, lists of
groups in JSON, a hyphen in the name of a target as \`_\`. Keys marked *secret* also take \`MATRICULE_A_B_C_FILE\`, a file
that holds the value, which wins. Relative paths start from the folder of the file that gives them. Every problem is
reported at once, and none is passed over.

Without \`source.kind\`, \`matricule up\` is the demonstration. With it, it also asks for \`public.base_url\`,
\`letters.since\`, \`letters.smtp_url\`, and \`source.path\` or \`source.url\`. The targets ${houseTargets.map((name) => `\`${name}\``).join(', ')}
are there by themselves.
`
}

function rowOf(leaf: Leaf): string {
  const notes = [
    ...(leaf.secret ? ['*secret*'] : []),
    ...(leaf.options.length > 0 ? [leaf.options.join(' · ')] : []),
  ]
  const meaning = [leaf.description, ...notes].join(' ').replaceAll('|', '\\|')
  return `| \`${leaf.key}\` | ${defaultOf(leaf)} | ${meaning} |`
}

function defaultOf({ default: value }: Leaf): string {
  if (value === null || value === undefined || value === '') return ''
  if (!Array.isArray(value)) return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``
  if (value.some((member) => typeof member === 'object')) return `${value.length} of them`
  return value.length === 0 ? '' : `\`${value.join(', ')}\``
}
