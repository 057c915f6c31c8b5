import type { Filter } from '../ldap-protocol/filter.ts'
import type { AttributeType, ObjectClass, Schema } from '../ldap-protocol/schema.ts'
import type { Attributes, Node } from './entry.ts'

/** A value most often belongs to one entry: a set is made for the second. */
type Holders = Node | Set<Node>

/** Equality indexes: from the key of a value under its matching rule to who holds it. An index on a type
 *  covers its subtypes, so that `(mail=…)` also finds what a subtype of mail holds. */
export class Indexes {
  readonly #schema: Schema
  readonly #byType = new Map<AttributeType, Map<string, Holders>>()
  /** From the key of a held attribute to the indexes it feeds. */
  readonly #fed = new Map<string, AttributeType[]>()

  /** @throws Error for an attribute that is unknown or has no equality rule */
  constructor(schema: Schema, names: readonly string[]) {
    this.#schema = schema
    for (const name of names) {
      const type = schema.type(name)
      if (!type?.equality) throw new Error(`index: ${name} is unknown or cannot be compared`)
      this.#byType.set(type, new Map())
      for (const { key } of schema.subtypes(type)) this.#fed.set(key, [...(this.#fed.get(key) ?? []), type])
    }
  }

  add(node: Node, attributes: Attributes): void {
    this.#each(attributes, (holders, key) => {
      const held = holders.get(key)
      if (held === undefined) holders.set(key, node)
      else if (held instanceof Set) held.add(node)
      else if (held !== node) holders.set(key, new Set([held, node]))
    })
  }

  remove(node: Node, attributes: Attributes): void {
    this.#each(attributes, (holders, key) => {
      const held = holders.get(key)
      if (held instanceof Set) {
        held.delete(node)
        if (held.size === 0) holders.delete(key)
      } else if (held === node) holders.delete(key)
    })
  }

  #each(attributes: Attributes, act: (holders: Map<string, Holders>, key: string) => void): void {
    for (const [held, { values }] of attributes) {
      const cut = held.indexOf(';')
      const types = this.#fed.get(cut < 0 ? held : held.slice(0, cut))
      if (!types) continue
      for (const type of types) {
        const holders = this.#byType.get(type)
        if (!holders) continue
        for (const value of values) for (const key of this.#keys(type, value)) act(holders, key)
      }
    }
  }

  #keys(type: AttributeType, value: Buffer): string[] {
    if (type.key !== 'objectclass') {
      const key = this.#schema.key(type, value)
      return key === null ? [] : [key]
    }
    const found = this.#schema.class(value.toString('latin1'))
    return found ? lineage(found).map(({ oid }) => oid) : []
  }

  /** Entries that may match: a superset of those that do; null when the indexes cannot tell. */
  candidates(filter: Filter): ReadonlySet<Node> | null {
    switch (filter.kind) {
      case 'equal':
        return this.#equal(filter.type, filter.value)
      case 'and': {
        let best: ReadonlySet<Node> | null = null
        for (const one of filter.of) {
          const found = this.candidates(one)
          if (found && (!best || found.size < best.size)) best = found
          if (best && best.size <= 1) return best
        }
        return best
      }
      case 'or': {
        const union = new Set<Node>()
        for (const one of filter.of) {
          const found = this.candidates(one)
          if (!found) return null
          for (const node of found) union.add(node)
        }
        return union
      }
      default:
        return null
    }
  }

  #equal(name: string, value: Buffer): ReadonlySet<Node> | null {
    const description = this.#schema.description(name)
    const holders = description && this.#byType.get(description.type)
    if (!description || !holders) return null
    const found = holders.get(
      description.type.key === 'objectclass'
        ? this.#schema.oid(value.toString('latin1').trim())
        : (this.#schema.key(description.type, value) ?? ''),
    )
    if (found === undefined) return new Set()
    return found instanceof Set ? found : new Set([found])
  }
}

/** A class and all it inherits from. */
export function lineage(one: ObjectClass): ObjectClass[] {
  const line = [one]
  for (const each of line) for (const sup of each.sups) if (!line.includes(sup)) line.push(sup)
  return line
}
