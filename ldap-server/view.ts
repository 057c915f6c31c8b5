import { parseDn } from '../ldap-protocol/dn-text.ts'
import type { Subject } from '../ldap-protocol/filter-match.ts'
import type { Attribute } from '../ldap-protocol/message.ts'
import type { MatchingRule } from '../ldap-protocol/matching-rules.ts'
import type { AttributeType, Schema } from '../ldap-protocol/schema.ts'
import type { View } from './access.ts'
import { subschemaName } from './context.ts'
import type { Context } from './context.ts'
import { decodeAttributes, encodeAttributes, pieceAt, valuesIn } from './entry.ts'
import type { Entry, Piece } from './entry.ts'
import { text } from './operational.ts'

/** The root DSE (base '') or the subschema entry. */
export function builtIn({ schema, rootDse, subschema }: Context, base: string, view: View): Seen {
  const name = base === '' ? '' : subschemaName
  return new Seen(name, encodeAttributes(base === '' ? rootDse : subschema), null, view, schema)
}

const computedKeys: ReadonlySet<string> = new Set(['entrydn', 'subschemasubentry', 'hassubordinates'])

/** An entry as one asker sees it: what filters are tried on and answers are made of. Nothing is decoded before somebody
 *  looks at it. */
export class Seen implements Subject {
  readonly dn: string
  readonly view: View
  #bytes: Buffer
  readonly #schema: Schema
  #pieces: Piece[] | null = null
  readonly #keys = new Map<MatchingRule, Map<string, readonly string[]>>()
  #optioned: readonly string[] | null = null
  /** Whether it has subordinates; null once what is computed lies with the rest. */
  #hasSubordinates: boolean | null

  /** @param hasSubordinates null for an entry that holds everything already */
  constructor(dn: string, bytes: Buffer, hasSubordinates: boolean | null, view: View, schema: Schema) {
    this.dn = dn
    this.#schema = schema
    this.#bytes = bytes
    this.#hasSubordinates = hasSubordinates
    this.view = view
  }

  /** An entry of the tree. */
  static of(entry: Entry, hasSubordinates: boolean, view: View, schema: Schema): Seen {
    return new Seen(entry.dn, entry.bytes, hasSubordinates, view, schema)
  }

  /** Some attributes are computed, and only when somebody looks. */
  complete(): void {
    if (this.#hasSubordinates === null) return
    const computed = [
      text('entryDN', this.dn),
      text('subschemaSubentry', subschemaName),
      text('hasSubordinates', this.#hasSubordinates ? 'TRUE' : 'FALSE'),
    ]
    this.#bytes = Buffer.concat([this.#bytes, encodeAttributes(computed)])
    this.#hasSubordinates = null
    this.#pieces = null
  }

  #find(key: string): Piece | undefined {
    if (computedKeys.has(key)) this.complete()
    for (const piece of this.pieces()) if (piece.of.key === key) return piece
    return undefined
  }

  /** The attributes as they lie in `bytes`. */
  pieces(): readonly Piece[] {
    if (this.#pieces) return this.#pieces
    const pieces: Piece[] = []
    for (let at = 0; at < this.#bytes.length;) {
      const piece = pieceAt(this.#bytes, at, this.#schema)
      pieces.push(piece)
      at = piece.to
    }
    return (this.#pieces = pieces)
  }

  /** What the pieces are pieces of. */
  get bytes(): Buffer {
    return this.#bytes
  }

  count(key: string): number {
    const piece = this.#find(key)
    return piece ? valuesIn(this.#bytes, piece.values, piece.to).length : 0
  }

  keysUnder(key: string, rule: MatchingRule): readonly string[] {
    const piece = this.#find(key)
    if (!piece) return []
    const known = this.#keys.get(rule)
    const kept = known?.get(key)
    if (kept) return kept
    const keys = valuesIn(this.#bytes, piece.values, piece.to)
      .map((value) => rule.key(value, this.#schema, 'whole'))
      .filter((each) => each !== null)
    if (known) known.set(key, keys)
    else this.#keys.set(rule, new Map([[key, keys]]))
    return keys
  }

  optioned(): readonly string[] {
    if (this.#optioned) return this.#optioned
    const keys: string[] = []
    for (const { of } of this.pieces()) if (of.optioned) keys.push(of.key)
    return (this.#optioned = keys)
  }

  /** All of it, decoded. */
  attributes(): Iterable<[string, Attribute]> {
    this.complete()
    return decodeAttributes(this.#bytes)
  }

  may(type: AttributeType): boolean {
    return this.view.may('search', type.key)
  }

  nameValues(): readonly { type: string; value: Buffer }[] {
    return parseDn(this.dn)?.flat() ?? []
  }
}
