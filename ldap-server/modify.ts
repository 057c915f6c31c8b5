import { parseDn } from '../ldap-protocol/dn-text.ts'
import type { Attribute, ChangeKind, Control, ModifyRequest } from '../ldap-protocol/message.ts'
import { control } from '../ldap-protocol/oids.ts'
import type { Description, Schema } from '../ldap-protocol/schema.ts'
import { allowChanges } from './add.ts'
import { checkEntry, checkSyntax, checkValues, identity, known, structuralClass } from './check.ts'
import type { Draft } from './check.ts'
import { absent, normalOf, remember, subschemaNormal, viewOf } from './context.ts'
import type { Asker, Context } from './context.ts'
import { decodeAttributes, encodeAttributes, entryOf } from './entry.ts'
import { keep, uuidOf } from './keep.ts'
import { changeMarks } from './operational.ts'
import { Refusal } from './refusal.ts'
import { assert, readBack } from './request-controls.ts'
import type { Asked } from './request-controls.ts'
import { Seen } from './view.ts'

/** What is wrong whatever it is about. @throws Refusal 2 */
export function checkModify({ changes }: ModifyRequest): void {
  for (const { operation, attribute } of changes) {
    if (operation === null) throw new Refusal('protocolError', 'unrecognized modify operation')
    if (attribute.values.length === 0 && (operation === 'add' || operation === 'increment')) {
      throw new Refusal('protocolError', `modify/${operation} operation requires values`)
    }
    if (attribute.values.length > 1 && operation === 'increment') {
      throw new Refusal('protocolError', 'modify/increment operation requires single value')
    }
  }
}

interface Change {
  readonly operation: ChangeKind
  readonly description: Description
  readonly values: readonly Buffer[]
}

/** Changes an entry (RFC 4511 §4.6, RFC 4525): in the order given, all or nothing, the schema obeyed at the end.
 *  @throws Refusal */
export async function modify(
  context: Context,
  asker: Asker,
  request: ModifyRequest,
  asked: Asked,
): Promise<Control[]> {
  const normal = normalOf(context, request.dn)
  const { schema, tree } = context
  const changes = request.changes.map(({ operation, attribute }) => readChange(schema, operation, attribute))
  if (normal === '') throw new Refusal('unwillingToPerform', 'modify upon the root DSE not supported')
  if (normal === subschemaNormal) {
    throw new Refusal('unwillingToPerform', 'modification of subschema subentry not supported')
  }
  allowChanges(context, asker, normal)
  for (const { description } of changes) {
    if (!description.type.fixed) continue
    throw new Refusal('constraintViolation', `${description.text}: no user modification allowed`)
  }
  const node = tree.find(normal)
  if (!node) throw absent(context, asker, normal)
  const before = node.entry
  const view = viewOf(context, asker, normal)
  const seen = Seen.of(before, node.children.size > 0, view, context.schema)
  assert(asked, seen)
  for (const { description } of changes) {
    if (!view.may('write', description.type.key)) throw new Refusal('insufficientAccessRights')
  }
  const draft = decodeAttributes(before.bytes)
  const structural = structuralClass(schema, draft)
  for (const change of changes) apply(schema, draft, change)
  const now = structuralClass(schema, draft)
  if (now !== structural) {
    const text = `structural object class modification from '${structural.name}' to '${now.name}' not allowed`
    throw new Refusal('objectClassModsProhibited', text)
  }
  checkEntry(schema, draft, parseDn(before.dn) ?? [], false)
  const { csn, instant } = context.sequence.next()
  for (const mark of changeMarks(csn, instant, asker.dn)) draft.set(mark.type.toLowerCase(), mark)
  const entry = entryOf(before.id, before.dn, before.normal, encodeAttributes(draft.values()))
  remember(context, draft.get('userpassword')?.values)
  const undo = tree.put(entry)
  const touched = [{ uuid: uuidOf(entry), before, after: entry }]
  await keep(context, { kind: 'put', dn: entry.dn, attributes: entry.bytes }, csn, touched, undo)
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

/** INTEGER. */
const integers: ReadonlySet<string> = new Set(['1.3.6.1.4.1.1466.115.121.1.27'])

function readChange(schema: Schema, operation: ChangeKind | null, { type: name, values }: Attribute): Change {
  if (operation === null) throw new Refusal('protocolError', 'unrecognized modify operation')
  const description = known(schema, name)
  if (operation === 'increment' && !integers.has(description.type.syntax.oid)) {
    const text = `${description.text}: attribute syntax inappropriate for increment`
    throw new Refusal('constraintViolation', text)
  }
  if (operation === 'delete') checkSyntax(schema, description, values)
  else checkValues(schema, description, values)
  return {
    operation,
    description,
    values: values.map((value) => Buffer.from(schema.pretty(description.type, value))),
  }
}

function apply(schema: Schema, draft: Draft, change: Change): void {
  const { operation, description, values } = change
  switch (operation) {
    case 'add':
      addValues(schema, draft, description, values)
      return
    case 'delete':
      deleteValues(schema, draft, description, values)
      return
    case 'replace':
      // Deleted and added: it comes last, as in slapd.
      draft.delete(description.key)
      if (values.length > 0) draft.set(description.key, { type: description.text, values })
      return
    case 'increment':
      increment(draft, description, values)
  }
}

function addValues(
  schema: Schema,
  draft: Draft,
  { type, key, text }: Description,
  values: readonly Buffer[],
): void {
  const held = draft.get(key)?.values ?? []
  if (held.length > 0 && !type.equality) throw incomparable('add', text)
  const there = new Set(held.map((value) => identity(schema, type, value)))
  values.forEach((value, at) => {
    if (there.has(identity(schema, type, value))) {
      throw new Refusal('attributeOrValueExists', `modify/add: ${text}: value #${at} already exists`)
    }
  })
  draft.set(key, { type: text, values: [...held, ...values] })
}

function incomparable(operation: string, text: string): Refusal {
  return new Refusal('inappropriateMatching', `modify/${operation}: ${text}: no equality matching rule`)
}

function deleteValues(
  schema: Schema,
  draft: Draft,
  { type, key, text }: Description,
  values: readonly Buffer[],
): void {
  if (values.length > 0 && !type.equality) throw incomparable('delete', text)
  const held = draft.get(key)
  if (!held) throw new Refusal('noSuchAttribute', `modify/delete: ${text}: no such attribute`)
  if (values.length === 0) {
    draft.delete(key)
    return
  }
  const gone = new Set(values.map((value) => identity(schema, type, value)))
  const kept = held.values.filter((value) => !gone.has(identity(schema, type, value)))
  if (kept.length !== held.values.length - values.length) {
    throw new Refusal('noSuchAttribute', `modify/delete: ${text}: no such value`)
  }
  if (kept.length === 0) draft.delete(key)
  else draft.set(key, { type: text, values: kept })
}

/** RFC 4525. */
function increment(draft: Draft, { key, text }: Description, values: readonly Buffer[]): void {
  const held = draft.get(key)
  const [by] = values
  if (!held || !by) throw new Refusal('noSuchAttribute', `modify/increment: ${text}: no such attribute`)
  const step = BigInt(by.toString('latin1'))
  const raised = held.values.map((value) => Buffer.from(String(BigInt(value.toString('latin1')) + step)))
  draft.set(key, { type: text, values: raised })
}
