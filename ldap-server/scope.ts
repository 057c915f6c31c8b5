import type { SearchRequest } from '../ldap-protocol/message.ts'
import type { Context } from './context.ts'
import { parentOf, within } from './entry.ts'
import type { Found, Node } from './entry.ts'
import type { Limits } from './options.ts'

/** How many entries a search may return. */
export function largestOf({ sizeLimit }: SearchRequest, { searchEntries }: Limits): number {
  return Math.min(sizeLimit || Infinity, searchEntries || Infinity)
}

/** Whether a name lies in scope of a base; both in normal form. */
export function inScope(scope: SearchRequest['scope'], base: string, normal: string): boolean {
  switch (scope) {
    case 'base':
      return normal === base
    case 'one':
      return normal !== '' && parentOf(normal) === base
    case 'subtree':
      return within(normal, base)
    case 'children':
      return normal !== base && within(normal, base)
    case null:
      return false
  }
}

/** Every entry in scope that may match. */
export function gather(context: Context, { scope, filter }: SearchRequest, base: Node): Found[] {
  if (scope === 'base') return [{ entry: base.entry, node: base }]
  const { normal } = base.entry
  const candidates = context.tree.indexes.candidates(filter)
  const found: Found[] = []
  const take = (node: Node): void => {
    found.push({ entry: node.entry, node })
  }
  if (scope === 'one') {
    if (!candidates || candidates.length >= base.children.size) for (const node of base.children) take(node)
    else for (const node of candidates) if (node.parent === base) take(node)
    return found
  }
  if (candidates) {
    for (const node of candidates) {
      if (within(node.entry.normal, normal) && (scope === 'subtree' || node !== base)) take(node)
    }
    return found
  }
  if (scope === 'subtree') take(base)
  for (const node of context.tree.below(base)) take(node)
  return found
}
