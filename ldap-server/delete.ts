import type { Control } from '../ldap-protocol/message.ts'
import { control } from '../ldap-protocol/oids.ts'
import { allowChanges } from './add.ts'
import { absent, normalOf, viewOf } from './context.ts'
import type { Asker, Context } from './context.ts'
import { keep, uuidOf } from './keep.ts'
import { Refusal } from './refusal.ts'
import { assert, readBack } from './request-controls.ts'
import type { Asked } from './request-controls.ts'
import { Seen } from './view.ts'

/** Deletes a leaf (RFC 4511 §4.8). @throws Refusal */
export async function remove(context: Context, asker: Asker, dn: string, asked: Asked): Promise<Control[]> {
  const normal = normalOf(context, dn)
  if (normal === '') throw new Refusal('unwillingToPerform', 'cannot delete the root DSE')
  allowChanges(context, asker, normal)
  const node = context.tree.find(normal)
  if (!node) throw absent(context, asker, normal)
  const view = viewOf(context, asker, normal)
  const seen = Seen.of(node.entry, node.children.size > 0, view, context.schema)
  assert(asked, seen)
  const above = node.parent ? viewOf(context, asker, node.parent.entry.normal) : view
  if (!view.may('write', 'entry') || !above.may('write', 'entry'))
    throw new Refusal('insufficientAccessRights')
  if (node.children.size > 0) {
    throw new Refusal('notAllowedOnNonLeaf', 'subordinate objects must be deleted first')
  }
  const { csn } = context.sequence.next()
  const undo = context.tree.remove(node)
  const touched = [{ uuid: uuidOf(node.entry), before: node.entry, after: null }]
  await keep(context, { kind: 'delete', dn: node.entry.dn, csn }, csn, touched, undo)
  return readBack(control.preRead, asked.preRead, seen, context.schema)
}
