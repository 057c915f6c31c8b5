import { parseDn } from '../ldap-protocol/dn-text.ts'
import type { Context } from './context.ts'
import { entryOf, pieceAt, valuesIn } from './entry.ts'
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
      const { entry, csn, uuid } = made(context, change.dn, change.attributes)
      tree.put(entry)
      changes.note(csn, [uuid], false)
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
      const { entry, uuid } = made(context, change.to, change.attributes)
      const node = tree.find(normalOf(context, change.dn))
      const there = tree.find(entry.normal)
      const moved = node ? [node, ...tree.below(node)].map((each) => uuidOf(each.entry)) : []
      changes.note(change.csn, [uuid, ...moved], true)
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

function normalOf({ schema }: Context, dn: string): string {
  const normal = schema.dn(dn)
  if (normal === null) throw lacking()
  return normal
}

/** @param dn as it was shown when it was kept */
function made(
  { schema, sequence, tree, nextId }: Context,
  dn: string,
  attributes: Buffer,
): { entry: Entry; csn: string; uuid: string } {
  const parsed = parseDn(dn)
  const normal = parsed && schema.normalDn(parsed)
  if (normal === null) throw lacking()
  // Copied: the record is a window on the whole file.
  const bytes = Buffer.from(attributes)
  let [csn, uuid] = ['', '']
  for (let at = 0; at < bytes.length;) {
    const piece = pieceAt(bytes, at, schema)
    if (piece.of.key === 'entrycsn') csn = valuesIn(bytes, piece.values, piece.to).join('')
    else if (piece.of.key === 'entryuuid') uuid = valuesIn(bytes, piece.values, piece.to).join('')
    at = piece.to
  }
  sequence.seen(csn)
  return { entry: entryOf(tree.find(normal)?.entry.id ?? nextId(), dn, normal, bytes), csn, uuid }
}

function lacking(): StoreError {
  return new StoreError('store: an entry is named by an attribute that the schema lacks')
}
