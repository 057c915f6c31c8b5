import { parseDn } from '../ldap-protocol/dn-text.ts'
import type { Dn, Rdn } from '../ldap-protocol/dn-text.ts'
import type { Control, RenameRequest } from '../ldap-protocol/message.ts'
import { control } from '../ldap-protocol/oids.ts'
import { allowChanges } from './add.ts'
import { checkEntry, identity, known } from './check.ts'
import type { Draft } from './check.ts'
import { absent, named, viewOf } from './context.ts'
import type { Asker, Context } from './context.ts'
import { decodeAttributes, encodeAttributes, entryOf, parentOf, within } from './entry.ts'
import type { Entry, Node } from './entry.ts'
import { keep, uuidOf } from './keep.ts'
import { changeMarks } from './operational.ts'
import { Refusal } from './refusal.ts'
import { assert, readBack } from './request-controls.ts'
import type { Asked } from './request-controls.ts'
import { Seen } from './view.ts'

/** Renames or moves an entry and what lies below it (RFC 4511 §4.9). @throws Refusal */
export async function rename(
  context: Context,
  asker: Asker,
  request: RenameRequest,
  asked: Asked,
): Promise<Control[]> {
  const { schema, tree } = context
  const { dn, normal } = named(context, request.dn)
  const newRdn = readRdn(context, request.newRdn)
  const superior = request.newSuperior === null ? null : named(context, request.newSuperior)
  if (normal === '') throw new Refusal('unwillingToPerform', 'cannot rename the root DSE')
  allowChanges(context, asker, normal)
  if (superior && !within(superior.normal, context.suffixNormal)) {
    throw new Refusal('affectsMultipleDSAs', 'cannot rename between DSAs')
  }
  const wanted = `${schema.normalRdn(newRdn) ?? ''},${superior?.normal ?? parentOf(normal)}`
  if (wanted !== normal && within(normal, wanted)) {
    throw new Refusal('unwillingToPerform', 'cannot place an entry above itself')
  }
  if (superior && within(superior.normal, normal)) {
    throw new Refusal('unwillingToPerform', 'cannot place an entry below itself')
  }
  const node = tree.find(normal)
  if (!node) throw absent(context, asker, normal)
  const view = viewOf(context, asker, normal)
  const seen = Seen.of(node.entry, node.children.size > 0, view, context.schema)
  assert(asked, seen)
  const parent = placeFor(context, asker, node, superior?.normal ?? null)
  const target: Dn = [newRdn, ...(parseDn(parent.entry.dn) ?? [])]
  const targetNormal = schema.normalDn(target) ?? ''
  const there = tree.find(targetNormal)
  if (there && there !== node) throw new Refusal('entryAlreadyExists')
  const draft = decodeAttributes(node.entry.bytes)
  allowValues(context, asker, node, newRdn, dn[0] ?? [], request.deleteOldRdn)
  if (request.deleteOldRdn) dropOld(context, draft, parseDn(node.entry.dn)?.[0] ?? [])
  checkEntry(schema, draft, target, true)
  const { csn, instant } = context.sequence.next()
  for (const mark of changeMarks(csn, instant, asker.dn)) draft.set(mark.type.toLowerCase(), mark)
  const bytes = encodeAttributes(draft.values())
  const entry = entryOf(node.entry.id, schema.prettyDn(target), targetNormal, bytes)
  const from = node.entry.dn
  const moved = [node, ...tree.below(node)].map((each) => ({ node: each, before: each.entry }))
  const undo = moveTree(context, node, entry)
  const touched = moved.map(({ node: each, before }) => ({ uuid: uuidOf(before), before, after: each.entry }))
  const change = { kind: 'move', dn: from, to: entry.dn, attributes: bytes, csn } as const
  await keep(context, change, csn, touched, undo)
  return [
    ...readBack(control.preRead, asked.preRead, seen, schema),
    ...readBack(
      control.postRead,
      asked.postRead,
      Seen.of(entry, node.children.size > 0, view, context.schema),
      schema,
    ),
  ]
}

/** Moves a node in the tree; the names below change with it. */
export function moveTree({ tree }: Context, node: Node, entry: Entry): () => void {
  const { dn, normal } = node.entry
  const below = tree.below(node).map((each): [Node, Entry] => [
    each,
    {
      ...each.entry,
      dn: each.entry.dn.slice(0, each.entry.dn.length - dn.length) + entry.dn,
      normal: each.entry.normal.slice(0, each.entry.normal.length - normal.length) + entry.normal,
    },
  ])
  return tree.move(node, entry, below)
}

function readRdn({ schema }: Context, text: string): Rdn {
  const parsed = parseDn(text)
  const [rdn] = parsed ?? []
  if (!rdn || parsed?.length !== 1 || schema.normalRdn(rdn) === null) {
    throw new Refusal('invalidDNSyntax', 'invalid new RDN')
  }
  return rdn
}

/** The parent to be, which the asker must be able to write under, as under the present one. */
function placeFor(context: Context, asker: Asker, node: Node, superior: string | null): Node {
  const { tree } = context
  const { parent } = node
  if (!parent) throw new Refusal('affectsMultipleDSAs', 'cannot rename between DSAs')
  const writable = (each: Node): boolean => viewOf(context, asker, each.entry.normal).may('write', 'entry')
  if (!writable(parent) || !writable(node)) throw new Refusal('insufficientAccessRights')
  if (superior === null) return parent
  const place = tree.find(superior)
  if (!place) throw new Refusal('noSuchObject', 'new superior not found')
  if (!writable(place)) throw new Refusal('insufficientAccessRights')
  return place
}

function allowValues(
  context: Context,
  asker: Asker,
  node: Node,
  newRdn: Rdn,
  oldRdn: Rdn,
  deleteOld: boolean,
): void {
  const view = viewOf(context, asker, node.entry.normal)
  for (const { type } of [...newRdn, ...(deleteOld ? oldRdn : [])]) {
    if (!view.may('write', known(context.schema, type).type.key))
      throw new Refusal('insufficientAccessRights')
  }
}

/** Takes the values of the old RDN away. One that the new RDN names again comes back, as that one spells it. */
function dropOld({ schema }: Context, draft: Draft, oldRdn: Rdn): void {
  for (const { type: name, value } of oldRdn) {
    const { type, key, text } = known(schema, name)
    const gone = identity(schema, type, value)
    const kept = (draft.get(key)?.values ?? []).filter((each) => identity(schema, type, each) !== gone)
    if (kept.length > 0) draft.set(key, { type: text, values: kept })
    else draft.delete(key)
  }
}
