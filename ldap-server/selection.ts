import { Reader } from '../ldap-protocol/ber-reader.ts'
import { Writer } from '../ldap-protocol/ber-writer.ts'
import type { AttributeType, Schema } from '../ldap-protocol/schema.ts'
import type { Piece } from './entry.ts'
import { lineage } from './indexes.ts'
import type { Seen } from './view.ts'

/** Which attributes an answer shall bear (RFC 4511 §4.5.1.8, RFC 3673 `+`, RFC 4529 `@class`). */
export interface Selection {
  readonly user: boolean
  readonly operational: boolean
  /** Types asked for by name, each with the options that an attribute must have. */
  readonly types: ReadonlyMap<AttributeType, readonly (readonly string[])[]>
}

/** What is shown to who asks for nothing by name. */
const unasked: Selection = { user: true, operational: false, types: new Map() }

export function readSelectors(names: readonly string[], schema: Schema): Selection {
  if (names.length === 0) return unasked
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
  return { user: names.includes('*'), operational: names.includes('+'), types }
}

const noValues = Buffer.from([0x31, 0])

/** What of an entry is shown: selected, and readable for the asker. Each is an encoded attribute. */
export function select(seen: Seen, selection: Selection, typesOnly: boolean): Buffer[] {
  if (selection.operational || selection.types.size > 0) seen.complete()
  const shown: Buffer[] = []
  const bytes = seen.bytes
  // Attributes that lie side by side are shown as one piece.
  let [from, to] = [0, 0]
  for (const piece of seen.pieces()) {
    const { key, description } = piece.of
    if (!description) continue
    const { type, options } = description
    const wanted = type.operational ? selection.operational : selection.user
    if (!wanted) {
      const asked = selection.types.get(type)
      if (!asked?.some((needed) => needed.every((option) => options.includes(option)))) continue
    }
    if (!seen.view.may('read', options.length > 0 ? key.slice(0, key.indexOf(';')) : key)) continue
    if (typesOnly) shown.push(withoutValues(bytes, piece))
    else if (piece.from === to) to = piece.to
    else {
      if (to > from) shown.push(bytes.subarray(from, to))
      from = piece.from
      to = piece.to
    }
  }
  if (to > from) shown.push(bytes.subarray(from, to))
  return shown
}

function withoutValues(bytes: Buffer, { from }: Piece): Buffer {
  const whole = new Reader(bytes, from)
  const type = whole.enter(0x30).octets(0x04)
  return new Writer(64).begin(0x30).octets(type).raw(noValues).end().take()
}
