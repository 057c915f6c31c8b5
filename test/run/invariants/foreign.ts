import { isDeepStrictEqual } from 'node:util'
import type { Values } from './directory-view.ts'
import type { Seen } from './world.ts'

/** I9: entries and attributes that are not ours are as they were, byte for byte; a whole entry also in what the server
 *  itself notes of it, such as when it was changed. */
export function foreignIsUntouched({ planted, entries }: Seen): Promise<string[]> {
  const broken = planted.flatMap(({ directory, dn, values, whole }) => {
    const stands = entries.get(directory)?.get(dn.toLowerCase())
    if (stands === undefined) return [`${directory}: ${dn} is gone`]
    const names = new Set([...Object.keys(values), ...(whole ? Object.keys(stands) : [])])
    const changed = [...names].filter(
      (name) => !isDeepStrictEqual(sorted(stands, name), sorted(values, name)),
    )
    return changed.map((name) => `${directory}: ${name} of ${dn} was changed`)
  })
  return Promise.resolve(broken)
}

function sorted(values: Values, name: string): string[] {
  return [...(values[name] ?? [])].sort()
}
