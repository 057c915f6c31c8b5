import { parseDn } from '../ldap-protocol/dn-text.ts'
import type { Context } from './context.ts'
import { valuesOf } from './entry.ts'
import type { Entry, Node } from './entry.ts'
import { uuidOf } from './keep.ts'
import type { StoredChange } from './record.ts'
import { moveTree } from './rename.ts'
import { StoreError } from './store-files.ts'

/** Does a kept change again. A snapshot may already hold what the first changes of its log say, so that each
 *  must do no harm when done twice. @throws StoreError for a name that the schema does not take any more */
export function restore(context: Context, change: StoredChange): void {
  const { tree, changes } = context
  switch (change.kind) {
    case 'put': {
      const entry = made(context, change.dn, change.attributes)
      tree.put(entry)
      changes.note(csnOf(entry), [uuidOf(entry)], false)
      return
    }
    case 'delete': {
      context.sequence.seen(change.csn)
      const node = tree.find(normalOf(context, change.dn))
      const gone = node ? [node, ...tree.below(node)].map(({ entry }) => uuidOf(entry)) : []
      drop(context, node)
      changes.note(change.csn, gone, false)
      return
    }
    case 'move': {
      context.sequence.seen(change.csn)
      const entry = made(context, change.to, change.attributes)
      const node = tree.find(normalOf(context, change.dn))
      const there = tree.find(entry.normal)
      const moved = node ? [node, ...tree.below(node)].map((each) => uuidOf(each.entry)) : []
      changes.note(change.csn, [uuidOf(entry), ...moved], true)
      if (node && (!there || there === node)) moveTree(context, node, { ...entry, id: node.entry.id })
      else {
        tree.put(entry)
        drop(context, node)
      }
      return
    }
    case 'end':
      context.sequence.seen(change.csn)
      changes.startAt(change.csn || changes.latest, change.moved || changes.latest)
      return
  }
}

function drop({ tree }: Context, node: Node | undefined): void {
  if (!node) return
  for (const each of tree.below(node).reverse()) tree.remove(each)
  tree.remove(node)
}

function csnOf({ bytes }: Entry): string {
  return valuesOf(bytes, 'entrycsn')[0]?.toString('latin1') ?? ''
}

function normalOf({ schema }: Context, dn: string): string {
  const normal = schema.dn(dn)
  if (normal === null) throw new StoreError('store: an entry is named by an attribute that the schema lacks')
  return normal
}

function made(context: Context, text: string, attributes: Buffer): Entry {
  const normal = normalOf(context, text)
  // Copied: the record is a window on the whole file.
  const bytes = Buffer.from(attributes)
  const [csn] = valuesOf(bytes, 'entrycsn')
  if (csn) context.sequence.seen(csn.toString('latin1'))
  const dn = context.schema.prettyDn(parseDn(text) ?? [])
  const known = context.tree.find(normal)
  return { id: known?.entry.id ?? context.nextId(), dn, normal, bytes }
}
