import type { z } from 'zod'
import { nearest } from './names.ts'
import { at } from './tree.ts'

/** One thing that is wrong with the settings. */
export interface Problem {
  /** The key, the variable or the place in the file. */
  readonly key: string
  /** Completes the sentence that the key begins. Never holds a value: it might be a secret. */
  readonly message: string
  /** Where the value came from: a variable, or `matricule.yaml:12`. */
  readonly from?: string | null
}

/** One line: `web.port: must be a whole number (MATRICULE_WEB_PORT)`. */
export function formatProblem({ key, message, from }: Problem): string {
  return from ? `${key}: ${message} (${from})` : `${key}: ${message}`
}

/** What zod found, as problems. `keysAt` gives the known keys of a group, `from` where a value came from. */
export function problemsOf(
  issues: readonly z.core.$ZodIssue[],
  raw: unknown,
  keysAt: (path: readonly PropertyKey[]) => readonly string[],
  from: (path: readonly PropertyKey[]) => string | null,
): Problem[] {
  return issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((name) => {
        const path = [...issue.path, name]
        const near = nearest(name, keysAt(issue.path))
        const hint = near === undefined ? '' : `; did you mean ${keyOf([...issue.path, near])}?`
        return { key: keyOf(path), message: `is not a setting${hint}`, from: from(path) }
      })
    }
    if (issue.code === 'invalid_key') {
      const message = issue.issues[0]?.message ?? 'is not a name'
      return [{ key: keyOf(issue.path), message, from: from(issue.path) }]
    }
    return [{ key: keyOf(issue.path), message: sentence(issue, at(raw, issue.path)), from: from(issue.path) }]
  })
}

function sentence(issue: z.core.$ZodIssue, value: unknown): string {
  if (issue.code === 'invalid_type') {
    const kind = kinds[issue.expected]
    if (kind === undefined || !/^Invalid input/.test(issue.message)) return issue.message
    const quotes = issue.expected === 'string' && typeof value === 'number' ? ' (put it in quotes)' : ''
    return value === undefined ? 'is missing' : `must be ${kind}${quotes}`
  }
  if (issue.code === 'invalid_value') return `must be ${issue.values.map(String).join(' or ')}`
  if (issue.code === 'too_big')
    return /^Too/.test(issue.message) ? `must be ${issue.maximum} at most` : issue.message
  if (issue.code === 'too_small')
    return /^Too/.test(issue.message) ? `must be ${issue.minimum} at least` : issue.message
  return issue.message
}

const kinds: Readonly<Record<string, string | undefined>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a group of keys',
  record: 'a group of keys',
}

/** `targets.upmc.url`, `faculties[2].id`. */
export function keyOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>((key, part) => {
    if (typeof part === 'number') return `${key}[${part}]`
    return key === '' ? String(part) : `${key}.${String(part)}`
  }, '')
}
