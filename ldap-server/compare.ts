import type { CompareRequest } from '../ldap-protocol/message.ts'
import { resultCode } from '../ldap-protocol/result-code.ts'
import { holdsClasses } from '../ldap-protocol/schema.ts'
import { known } from './check.ts'
import { absent, concealed, normalOf, subschemaNormal, viewOf } from './context.ts'
import type { Asker, Context } from './context.ts'
import { Refusal } from './refusal.ts'
import { assert } from './request-controls.ts'
import type { Asked } from './request-controls.ts'
import { lineage } from './indexes.ts'
import { Seen, builtIn } from './view.ts'

/** Compares one value (RFC 4511 §4.10) under the attribute's own equality rule.
 *  @returns compareTrue (6) or compareFalse (5). @throws Refusal */
export function compare(context: Context, asker: Asker, request: CompareRequest, asked: Asked): number {
  const normal = normalOf(context, request.dn)
  const { schema } = context
  const { type, key } = known(schema, request.type)
  const node = context.tree.find(normal)
  if (!type.equality) throw new Refusal('inappropriateMatching', `${type.name}: no equality matching rule`)
  const sound = holdsClasses(type)
    ? schema.valid(type, request.value)
    : schema.assertable(type.equality, request.value)
  const wanted = sound ? schema.key(type, request.value) : null
  if (wanted === null) throw new Refusal('invalidAttributeSyntax', `${type.name}: invalid assertion value`)
  const view = viewOf(context, asker, normal)
  if (!node && normal !== '' && normal !== subschemaNormal) throw absent(context, asker, normal)
  const seen = node
    ? Seen.of(node.entry, node.children.size > 0, view, schema)
    : builtIn(context, normal, view)
  assert(asked, seen)
  if (!view.may('compare', type.key)) {
    throw node ? concealed(context, asker, node) : new Refusal('noSuchAttribute')
  }
  const held = [...seen.attributes()].flatMap(([each, attribute]) => {
    const description = schema.description(attribute.type)
    const covered = description && schema.subtypes(type).includes(description.type)
    return covered && (key === type.key || each === key) ? attribute.values : []
  })
  if (held.length === 0) throw new Refusal('noSuchAttribute')
  // An entry is of a class when it names one that inherits from it.
  const classes = (value: Buffer): string[] => {
    const one = holdsClasses(type) ? schema.class(value.toString('latin1')) : undefined
    return one ? lineage(one).map(({ oid }) => oid) : []
  }
  const equal = (value: Buffer): boolean =>
    schema.key(type, value) === wanted || classes(value).includes(wanted)
  return held.some(equal) ? resultCode.compareTrue : resultCode.compareFalse
}
