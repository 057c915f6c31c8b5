import { existsSync, readFileSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { isMap, isPair, isScalar, LineCounter, parseDocument, type Document } from 'yaml'
import type { Problem } from './problem.ts'
import { isTree, type RawTree } from './tree.ts'

/** The settings file as read, before it is judged. */
export interface SettingsFile {
  /** Its absolute path; null when there is none. */
  readonly path: string | null
  readonly tree: RawTree
  /** `matricule.yaml:12` for the key at `path`, or null when the file does not hold it. */
  place(path: readonly PropertyKey[]): string | null
}

const sizeLimit = 1024 * 1024
const absent: SettingsFile = { path: null, tree: {}, place: () => null }

/** Which file holds the settings: the one that was named, else `matricule.yaml` in the home, else in the current
 *  folder; null when there is none. */
export function findFile(named: string | undefined, home: string, cwd: string): string | null {
  if (named !== undefined && named !== '') return resolve(cwd, named)
  const candidates = [join(home, 'matricule.yaml'), join(cwd, 'matricule.yaml')]
  return candidates.find((candidate) => existsSync(candidate)) ?? null
}

/** Reads a YAML file (version 1.2), adding to `problems` what keeps it from being read. */
export function readFile(path: string | null, problems: Problem[]): SettingsFile {
  if (path === null) return absent
  const name = basename(path)
  let text: string
  try {
    if (statSync(path).size > sizeLimit) throw new Error('larger than 1 MiB')
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? (cause as Error).message
    problems.push({ key: path, message: `cannot be read (${reason})` })
    return { ...absent, path }
  }
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  for (const error of document.errors) {
    const { line, col } = lines.linePos(error.pos[0])
    // Only the first sentence: a parser may go on to quote the line, and that may be a secret.
    problems.push({
      key: `${name}:${line}:${col}`,
      message: error.message.split('\n')[0] ?? 'is not YAML',
    })
  }
  if (document.errors.length > 0) return { ...absent, path }
  const tree: unknown = document.toJS({ maxAliasCount: 50 }) ?? {}
  if (!isTree(tree)) {
    problems.push({ key: name, message: 'must hold keys and values' })
    return { ...absent, path }
  }
  return {
    path,
    tree,
    place: (keys) => {
      const offset = offsetOf(document, keys)
      return offset === null ? null : `${name}:${lines.linePos(offset).line}`
    },
  }
}

function offsetOf(document: Document, path: readonly PropertyKey[]): number | null {
  const parent: unknown = path.length > 1 ? document.getIn(path.slice(0, -1), true) : document.contents
  const last = path.at(-1)
  if (isMap(parent)) {
    for (const pair of parent.items) {
      if (isPair(pair) && isScalar(pair.key) && pair.key.value === last) return pair.key.range?.[0] ?? null
    }
  }
  const node = document.getIn(path, true) as { range?: [number, number, number] } | undefined
  return node?.range?.[0] ?? null
}
