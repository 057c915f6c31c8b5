import { resolve } from 'node:path'
import { IdentityError } from '../error.ts'
import { readSecretFile } from '../files.ts'
import { leavesOf, type Leaf } from './leaves.ts'
import { nearest, settingVariable } from './names.ts'
import type { Problem } from './problem.ts'
import { houseTargets, targetSchema } from './targets.ts'
import { setAt, type RawTree } from './tree.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** What the environment says: the values, and the variable that gave each key. */
export interface FromEnvironment {
  readonly tree: RawTree
  readonly variables: ReadonlyMap<string, string>
}

const prefix = 'MATRICULE_'
const targetPrefix = 'MATRICULE_TARGETS_'
/** Says which file to read, and is no setting itself. */
const configVariable = 'MATRICULE_CONFIG'

/** Reads every `MATRICULE_…` variable as the setting it names, adding to `problems` those that name none or cannot
 *  be read. `MATRICULE_…_FILE` of a secret names a file that holds it, and beats the plain variable.
 *  @param targetNames targets that the file names besides those of the house
 *  @param cwd the folder from which relative paths start */
export function readEnvironment(
  env: Environment,
  leaves: readonly Leaf[],
  targetNames: readonly string[],
  problems: Problem[],
  cwd: string,
): FromEnvironment {
  const tree: RawTree = {}
  const variables = new Map<string, string>()
  const known = new Map(leaves.map((leaf) => [leaf.variable, leaf]))
  const secretFiles = new Map<string, Leaf>(
    leaves.filter((leaf) => leaf.secret).map((leaf) => [`${leaf.variable}_FILE`, leaf] as const),
  )
  const put = (leaf: Leaf, variable: string, value: unknown) => {
    setAt(tree, leaf.path, value)
    variables.set(leaf.key, variable)
  }
  for (const [variable, value] of Object.entries(env)) {
    if (value === undefined || !variable.startsWith(prefix) || variable === configVariable) continue
    const fileOf = secretFiles.get(variable)
    if (fileOf !== undefined) {
      const secret = secretFrom(resolve(cwd, value), fileOf.key, variable, problems)
      if (secret !== null) put(fileOf, variable, secret)
      continue
    }
    const leaf = known.get(variable) ?? targetLeaf(variable, targetNames)
    if (leaf === undefined) {
      const near = nearest(variable, [...known.keys(), ...secretFiles.keys(), configVariable])
      const hint = near === undefined ? '' : `; did you mean ${near}?`
      problems.push({ key: variable, message: `is not the variable of a setting${hint}` })
      continue
    }
    if (leaf.secret && env[`${variable}_FILE`] !== undefined) continue
    const read = valueOf(leaf, value)
    if ('problem' in read) problems.push({ key: leaf.key, message: read.problem, from: variable })
    else put(leaf, variable, read.value)
  }
  return { tree, variables }
}

function secretFrom(file: string, key: string, variable: string, problems: Problem[]): string | null {
  try {
    return readSecretFile(file)
  } catch (error) {
    const message = error instanceof IdentityError ? error.message : 'cannot be read'
    problems.push({ key, message, from: variable })
    return null
  }
}

/** `MATRICULE_TARGETS_PARIS_SORBONNE_URL` → the leaf `targets.paris-sorbonne.url`. */
function targetLeaf(variable: string, targetNames: readonly string[]): Leaf | undefined {
  if (!variable.startsWith(targetPrefix)) return undefined
  const rest = variable.slice(targetPrefix.length)
  const leaf = leavesOf(targetSchema)
    .filter(({ key }) => rest.endsWith(`_${key.toUpperCase()}`))
    .reduce<Leaf | undefined>(
      (longest, next) => (next.key.length > (longest?.key.length ?? 0) ? next : longest),
      undefined,
    )
  if (leaf === undefined) return undefined
  const spelt = rest.slice(0, -leaf.key.length - 1)
  const name =
    [...houseTargets, ...targetNames].find((known) => known.replaceAll('-', '_').toUpperCase() === spelt) ??
    spelt.toLowerCase().replaceAll('_', '-')
  const key = `targets.${name}.${leaf.key}`
  return { ...leaf, key, path: ['targets', name, leaf.key], variable: settingVariable(key) }
}

function valueOf(leaf: Leaf, value: string): { value: unknown } | { problem: string } {
  if (value === '' && leaf.nullable) return { value: null }
  switch (leaf.kind) {
    case 'text':
      return { value }
    case 'number':
      return numberFrom(value)
    case 'boolean':
      return value === 'true' || value === 'false'
        ? { value: value === 'true' }
        : { problem: 'must be true or false' }
    case 'texts':
      return { value: listFrom(value) }
    case 'numbers': {
      const numbers = listFrom(value).map(numberFrom)
      const wrong = numbers.find((member) => 'problem' in member)
      return wrong ?? { value: numbers.map((member) => ('value' in member ? member.value : null)) }
    }
    case 'json':
      try {
        return { value: JSON.parse(value) as unknown }
      } catch {
        return { problem: 'must be a list in JSON' }
      }
  }
}

function numberFrom(text: string): { value: number } | { problem: string } {
  return /^-?\d+(\.\d+)?$/.test(text) ? { value: Number(text) } : { problem: 'must be a number' }
}

function listFrom(value: string): string[] {
  return value
    .split(',')
    .map((member) => member.trim())
    .filter((member) => member !== '')
}
