import type { Dn } from '../ldap-protocol/dn-text.ts'
import { formatTime } from '../ldap-protocol/generalized-time.ts'
import type { AddRequest, Attribute, Control } from '../ldap-protocol/message.ts'
import { control } from '../ldap-protocol/oids.ts'
import type { Description } from '../ldap-protocol/schema.ts'
import { checkEntry, checkValues, known } from './check.ts'
import type { Draft } from './check.ts'
import { absent, named, remember, subschemaNormal, viewOf } from './context.ts'
import type { Asker, Context } from './context.ts'
import { encodeAttributes, entryOf, parentOf, within } from './entry.ts'
import type { Entry } from './entry.ts'
import { keep, uuidOf } from './keep.ts'
import { changeMarks, text } from './operational.ts'
import { Refusal } from './refusal.ts'
import { assert, readBack } from './request-controls.ts'
import type { Asked } from './request-controls.ts'
import { Seen } from './view.ts'

/** Adds an entry (RFC 4511 §4.7). @throws Refusal */
export async function add(
  context: Context,
  asker: Asker,
  request: AddRequest,
  asked: Asked,
): Promise<Control[]> {
  const { dn, normal } = named(context, request.dn)
  if (request.attributes.length === 0) throw new Refusal('protocolError', 'no attributes provided')
  if (normal === '') throw new Refusal('entryAlreadyExists', 'root DSE already exists')
  if (normal === subschemaNormal) throw new Refusal('entryAlreadyExists', 'subschema subentry already exists')
  const given = readAttributes(context, request.attributes)
  allowChanges(context, asker, normal)
  const draft = makeDraft(context, given, asker.root)
  checkEntry(context.schema, draft, dn, true)
  const { csn, instant } = context.sequence.next()
  const entry = stamp(context, asker, dn, normal, draft, csn, instant)
  const seen = Seen.of(entry, false, viewOf(context, asker, normal), context.schema)
  assert(asked, seen)
  allowAdd(context, asker, normal)
  remember(context, draft.get('userpassword')?.values)
  const undo = context.tree.put(entry)
  const touched = [{ uuid: uuidOf(entry), before: null, after: entry }]
  await keep(context, { kind: 'put', dn: entry.dn, attributes: entry.bytes }, csn, touched, undo)
  return readBack(control.postRead, asked.postRead, seen, context.schema)
}

/** What is wrong whatever it is about. @throws Refusal 2 */
export function checkAdd({ attributes }: AddRequest): void {
  if (attributes.some(({ values }) => values.length === 0)) {
    throw new Refusal('protocolError', 'no values for attribute type')
  }
}

/** Where changes are possible at all: below our suffix, and for who has a name.
 *  @throws Refusal 53, 8 */
export function allowChanges({ suffixNormal }: Context, asker: Asker, normal: string): void {
  if (!within(normal, suffixNormal)) throw new Refusal('unwillingToPerform', 'no global superior knowledge')
  if (asker.normal === null && !asker.root) {
    throw new Refusal('strongerAuthRequired', 'modifications require authentication')
  }
}

/** The place must be free, the parent there, and both open to the asker.
 *  @throws Refusal 68, 32, 50 */
export function allowAdd(context: Context, asker: Asker, normal: string): void {
  if (context.tree.find(normal)) throw new Refusal('entryAlreadyExists')
  const parent = parentOf(normal)
  if (normal !== context.suffixNormal) {
    if (!context.tree.find(parent)) throw absent(context, asker, normal)
    if (!viewOf(context, asker, parent).may('write', 'entry')) {
      throw new Refusal('insufficientAccessRights', 'no write access to parent')
    }
  }
  if (!viewOf(context, asker, normal).may('write', 'entry')) {
    throw new Refusal('insufficientAccessRights', 'no write access to entry')
  }
}

/** The name as it will be shown: what is above, as it is shown itself. */
function nameOf({ schema, tree }: Context, dn: Dn, normal: string): string {
  const above = tree.find(parentOf(normal))
  return above ? `${schema.prettyDn(dn.slice(0, 1))},${above.entry.dn}` : schema.prettyDn(dn)
}

interface Given {
  readonly description: Description
  readonly values: readonly Buffer[]
}

function readAttributes({ schema }: Context, attributes: readonly Attribute[]): Given[] {
  return attributes.map(({ type, values }) => {
    const description = known(schema, type)
    checkValues(schema, description, values)
    return { description, values }
  })
}

function makeDraft({ schema }: Context, given: readonly Given[], root: boolean): Draft {
  const draft: Draft = new Map()
  for (const { description } of given) {
    if (description.type.fixed && !root) {
      throw new Refusal('constraintViolation', `${description.text}: no user modification allowed`)
    }
  }
  for (const { description, values } of given) {
    const { type, key, text } = description
    if (draft.has(key)) {
      throw new Refusal('attributeOrValueExists', `${text}: attribute provided more than once`)
    }
    // Copied: what arrived is a window on a whole message.
    draft.set(key, { type: text, values: values.map((value) => Buffer.from(schema.pretty(type, value))) })
  }
  return draft
}

/** Gives a new entry its operational attributes. What the house restores keeps those it had, but for the CSN: to
 *  whoever follows, it is new. */
function stamp(
  context: Context,
  asker: Asker,
  dn: Dn,
  normal: string,
  draft: Draft,
  csn: string,
  instant: Date,
): Entry {
  const made = [
    text('entryUUID', context.uuid()),
    text('createTimestamp', formatTime(instant)),
    text('creatorsName', asker.dn),
    ...changeMarks(csn, instant, asker.dn),
  ]
  for (const one of made) {
    const key = one.type.toLowerCase()
    if (!draft.has(key) || key === 'entrycsn') draft.set(key, one)
  }
  for (const computed of ['entrydn', 'subschemasubentry', 'hassubordinates']) draft.delete(computed)
  const name = nameOf(context, dn, normal)
  return entryOf(context.nextId(), name, normal, encodeAttributes(draft.values()))
}
