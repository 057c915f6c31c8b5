import { parseDn } from '../ldap-protocol/dn-text.ts'
import type { Subject } from '../ldap-protocol/filter-match.ts'
import type { Attribute } from '../ldap-protocol/message.ts'
import type { MatchingRule } from '../ldap-protocol/matching-rules.ts'
import type { AttributeType, Schema } from '../ldap-protocol/schema.ts'
import type { View } from './access.ts'
import { subschemaName } from './context.ts'
import type { Context } from './context.ts'
import { decodeAttributes } from './entry.ts'
import type { Entry } from './entry.ts'
import { text } from './operational.ts'

/** The root DSE (base '') or the subschema entry. */
export function builtIn({ schema, rootDse, subschema }: Context, base: string, view: View): Seen {
  const attributes = base === '' ? rootDse : subschema
  const byKey = new Map(attributes.map((attribute) => [attribute.type.toLowerCase(), attribute]))
  return new Seen(base === '' ? '' : subschemaName, byKey, view, schema)
}

const computedKeys: ReadonlySet<string> = new Set(['entrydn', 'subschemasubentry', 'hassubordinates'])

/** An entry as one asker sees it: what filters are tried on and answers are made of. */
export class Seen implements Subject {
  readonly dn: string
  readonly view: View
  readonly #attributes: Map<string, Attribute>
  readonly #schema: Schema
  readonly #keys = new Map<MatchingRule, Map<string, readonly string[]>>()
  #optioned: readonly string[] | null = null
  #compute: (() => Attribute[]) | null = null

  constructor(dn: string, attributes: Map<string, Attribute>, view: View, schema: Schema) {
    this.dn = dn
    this.#schema = schema
    this.#attributes = attributes
    this.view = view
  }

  /** An entry of the tree. */
  static of(entry: Entry, hasSubordinates: boolean, view: View, schema: Schema): Seen {
    const seen = new Seen(entry.dn, decodeAttributes(entry.bytes), view, schema)
    seen.#compute = () => [
      text('entryDN', entry.dn),
      text('subschemaSubentry', subschemaName),
      text('hasSubordinates', hasSubordinates ? 'TRUE' : 'FALSE'),
    ]
    return seen
  }

  /** Some attributes are computed, and only when somebody looks. */
  #complete(): void {
    for (const one of this.#compute?.() ?? []) this.#attributes.set(one.type.toLowerCase(), one)
    this.#compute = null
  }

  #find(key: string): Attribute | undefined {
    if (computedKeys.has(key)) this.#complete()
    return this.#attributes.get(key)
  }

  count(key: string): number {
    return this.#find(key)?.values.length ?? 0
  }

  keysUnder(key: string, rule: MatchingRule): readonly string[] {
    const attribute = this.#find(key)
    if (!attribute) return []
    const known = this.#keys.get(rule)
    const kept = known?.get(key)
    if (kept) return kept
    const keys = attribute.values
      .map((value) => rule.key(value, this.#schema, 'whole'))
      .filter((each) => each !== null)
    if (known) known.set(key, keys)
    else this.#keys.set(rule, new Map([[key, keys]]))
    return keys
  }

  optioned(): readonly string[] {
    return (this.#optioned ??= [...this.#attributes.keys()].filter((key) => key.includes(';')))
  }

  attributes(): Iterable<[string, Attribute]> {
    this.#complete()
    return this.#attributes
  }

  may(type: AttributeType): boolean {
    return this.view.may('search', type.key)
  }

  nameValues(): readonly { type: string; value: Buffer }[] {
    return parseDn(this.dn)?.flat() ?? []
  }
}
