import type { Attribute } from '../ldap-protocol/message.ts'
import type { AttributeType, Schema } from '../ldap-protocol/schema.ts'
import { lineage } from './indexes.ts'
import type { Seen } from './view.ts'

/** Which attributes an answer shall bear (RFC 4511 §4.5.1.8, RFC 3673 `+`, RFC 4529 `@class`). */
export interface Selection {
  readonly user: boolean
  readonly operational: boolean
  /** Types asked for by name, each with the options that an attribute must have. */
  readonly types: ReadonlyMap<AttributeType, readonly (readonly string[])[]>
}

export function readSelectors(names: readonly string[], schema: Schema): Selection {
  const types = new Map<AttributeType, (readonly string[])[]>()
  const ask = (type: AttributeType, options: readonly string[]): void => {
    for (const each of schema.subtypes(type)) {
      const asked = types.get(each)
      if (!asked || options.length === 0) types.set(each, [options])
      else if (asked[0]?.length !== 0) asked.push(options)
    }
  }
  for (const name of new Set(names)) {
    if (name.startsWith('@')) {
      const found = schema.class(name.slice(1))
      const all = found ? lineage(found).flatMap(({ must, may }) => [...must, ...may]) : []
      for (const type of all) ask(type, [])
      continue
    }
    const description = schema.description(name)
    if (description) ask(description.type, description.options)
  }
  return { user: names.length === 0 || names.includes('*'), operational: names.includes('+'), types }
}

/** What of an entry is shown: selected, and readable for the asker. */
export function select(seen: Seen, selection: Selection, typesOnly: boolean, schema: Schema): Attribute[] {
  const shown: Attribute[] = []
  for (const [key, attribute] of seen.attributes()) {
    const description = schema.description(attribute.type)
    if (!description) continue
    const { type, options } = description
    const wanted = type.operational ? selection.operational : selection.user
    const asked = selection.types.get(type)
    if (!wanted && !asked?.some((needed) => needed.every((option) => options.includes(option)))) continue
    if (!seen.view.may('read', options.length > 0 ? key.slice(0, key.indexOf(';')) : key)) continue
    shown.push(typesOnly ? { type: attribute.type, values: [] } : attribute)
  }
  return shown
}
