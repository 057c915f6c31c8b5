import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../../platform/root.ts'

/** How a text is read: everybody, who has moved, or one student. */
export type Reach = 'full' | 'delta' | 'one'

/** A text of schemas/apogee. */
export function sqlText(name: 'years' | 'students' | 'keys'): string {
  return readFileSync(join(packageRoot, 'schemas', 'apogee', `${name}.sql`), 'utf8')
}

/** A text for one kind of reading and for the columns that are there, its comments gone. Pure. */
export function fitted(text: string, reach: Reach, has: (column: string) => boolean): string {
  let within: string | null = null
  const lines: string[] = []
  for (const line of text.split('\n')) {
    const [, opened] = /^\s*-- if (\w+)$/.exec(line) ?? []
    if (opened !== undefined) within = opened
    else if (/^\s*-- end$/.test(line)) within = null
    else if (within === null || within === reach) {
      const [, kept = '', needed = ''] = /^(.*?)\s*(?:--(?: needs ([A-Z0-9_. ]+)|.*))?$/.exec(line) ?? []
      if (kept.trim() !== '' && needed.split(' ').filter(Boolean).every(has)) lines.push(kept)
    }
  }
  return lines.join('\n')
}

/** Every column that a text asks for where it is there, as TABLE.COLUMN. Pure. */
export function optionalColumns(text: string): string[] {
  const marks = text.matchAll(/-- needs ([A-Z0-9_. ]+)$/gm)
  return [...new Set([...marks].flatMap(([, columns = '']) => columns.split(' ').filter(Boolean)))].sort()
}

/** Replaces each `:name` by what `place` says of it. Literals between quotes are left alone. Pure. */
export function bound(text: string, place: (name: string) => string): string {
  return text.replace(/'[^']*'|(?<!:):([a-z_]+)/g, (whole, name: string | undefined) =>
    name === undefined ? whole : place(name),
  )
}
