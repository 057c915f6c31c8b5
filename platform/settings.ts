import { dirname, join, resolve } from 'node:path'
import { IdentityError } from './error.ts'
import { packageRoot, runsFromSources } from './root.ts'
import { incoherences } from './settings/coherence.ts'
import { readEnvironment, type Environment } from './settings/environment.ts'
import { findFile, readFile, type SettingsFile } from './settings/file.ts'
import { groupsOf, leavesOf, type Leaf } from './settings/leaves.ts'
import { settle, type Settings } from './settings/config.ts'
import { formatProblem, problemsOf, type Problem } from './settings/problem.ts'
import { settingsSchema, type SettingsTree } from './settings/schema.ts'
import { houseTargets, targetShape } from './settings/targets.ts'
import { at, isTree, lay, openGroups, removeAt, setAt, type RawTree } from './settings/tree.ts'

export type { Config, Contact, Faculty, Secrets, Settings, Target } from './settings/config.ts'
export { isDemonstration, publicBase, siteProblems, type Part } from './settings/site.ts'
export { isLoopback } from './settings/loopback.ts'

export interface SettingsSources {
  readonly env: Environment
  /** The settings file; absent: MATRICULE_CONFIG, else `matricule.yaml` in the home or the current folder. */
  readonly file?: string
  /** The current folder, against which paths of the environment are resolved. */
  readonly cwd?: string
  /** Settings beneath those of the file, such as the demonstration's own. */
  readonly under?: RawTree
}

const leaves = leavesOf(settingsSchema)
const groups = groupsOf(settingsSchema)

/** Reads the settings: defaults, then `under`, then the file, then the environment. Throws ONE IdentityError
 *  SETTINGS_INVALID whose message lists every problem, one a line, each with its key and where it came from; never
 *  a value, which might be a secret. */
export function loadSettings({
  env,
  file: named,
  cwd = process.cwd(),
  under = {},
}: SettingsSources): Settings {
  const problems: Problem[] = []
  const defaultHome = join(runsFromSources ? packageRoot : cwd, 'var')
  const home = resolve(
    cwd,
    env['MATRICULE_HOME'] === '' ? defaultHome : (env['MATRICULE_HOME'] ?? defaultHome),
  )
  const file = readFile(findFile(named ?? env['MATRICULE_CONFIG'], home, cwd), problems)
  const groupPaths = groups.map((group) => group.path)
  const written = lay(file.tree, under)
  openGroups(written, groupPaths)
  const targetNames = isTree(written['targets']) ? Object.keys(written['targets']) : []
  openGroups(
    written,
    targetNames.map((name) => ['targets', name]),
  )
  const environment = readEnvironment(env, leaves, targetNames, problems, cwd)
  const raw = lay(environment.tree, written)
  for (const name of houseTargets)
    if (at(raw, ['targets', name]) === undefined) setAt(raw, ['targets', name], {})

  const from = (path: readonly PropertyKey[]): string | null =>
    environment.variables.get(path.filter((part) => typeof part === 'string').join('.')) ?? file.place(path)
  const tree = judge(raw, from, problems)
  if (tree === null || problems.length > 0) throw refusal(problems)
  const resolvePath = pathResolver(file, environment.variables, cwd)
  return settle({ tree, home, file: file.path, resolvePath })
}

/** The tree with its defaults, or null; what is wrong goes to `problems`. What cannot be read is left out and the
 *  rest judged again, so that problems between settings are told in the same breath. */
function judge(
  raw: RawTree,
  from: (path: readonly PropertyKey[]) => string | null,
  problems: Problem[],
): SettingsTree | null {
  const keysAt = (path: readonly PropertyKey[]): readonly string[] =>
    path[0] === 'targets' && path.length === 2
      ? Object.keys(targetShape)
      : (groups.find((group) => group.path.join('.') === path.join('.'))?.keys ?? [])
  let outcome = settingsSchema.safeParse(raw)
  if (!outcome.success) {
    problems.push(...problemsOf(outcome.error.issues, raw, keysAt, from))
    const rest = structuredClone(raw)
    for (const issue of outcome.error.issues) {
      if (issue.code === 'unrecognized_keys')
        issue.keys.forEach((key) => removeAt(rest, [...issue.path, key]))
      else removeAt(rest, listHolding(issue.path))
    }
    outcome = settingsSchema.safeParse(rest)
  }
  if (!outcome.success) return null
  const located = incoherences(outcome.data).map((problem) => ({
    ...problem,
    from: from(problem.key.split(/[.[\]]+/)),
  }))
  problems.push(...located)
  return outcome.data
}

/** A list with a member that cannot be read is left out whole: positions would shift. */
function listHolding(path: readonly PropertyKey[]): readonly PropertyKey[] {
  const index = path.findIndex((part) => typeof part === 'number')
  return index === -1 ? path : path.slice(0, index)
}

function pathResolver(file: SettingsFile, variables: ReadonlyMap<string, string>, cwd: string) {
  return (key: string, value: string): string =>
    resolve(variables.has(key) || file.path === null ? cwd : dirname(file.path), value)
}

function refusal(problems: readonly Problem[]): IdentityError {
  const lines = problems.map(formatProblem)
  const title =
    lines.length === 1 ? 'The settings have a problem:' : `The settings have ${lines.length} problems:`
  return new IdentityError('SETTINGS_INVALID', [title, ...lines].join('\n'), { details: { problems: lines } })
}

/** Every setting that is not a group, for the documentation. */
export function settingLeaves(): readonly Leaf[] {
  return leaves
}
