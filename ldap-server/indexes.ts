import type { Filter } from '../ldap-protocol/filter.ts'
import { holdsClasses } from '../ldap-protocol/schema.ts'
import type { AttributeType, ObjectClass, Schema } from '../ldap-protocol/schema.ts'
import { pieceAt, valuesIn } from './entry.ts'
import type { Node } from './entry.ts'
import { Holding, OrderIndex, PresenceIndex, SubstringIndex } from './index-kinds.ts'

/** The indexes of one type. They cover its subtypes, so that `(mail=…)` also finds what a subtype of mail holds. */
interface OfType {
  readonly type: AttributeType
  equality: Holding | null
  presence: PresenceIndex | null
  substrings: SubstringIndex | null
  order: OrderIndex | null
}

/** From what filters ask to who may match. Each is given as slapd has it: an attribute and kinds of index, `eq` (unless
 *  told otherwise), `pres`, `sub` and `order`, as in `cn eq,sub`. */
export class Indexes {
  readonly #schema: Schema
  readonly #byType = new Map<AttributeType, OfType>()
  /** From the key of a held attribute to the indexes it feeds. */
  readonly #fed = new Map<string, OfType[]>()

  /** @throws Error for an attribute that is unknown, or has no rule for a kind */
  constructor(schema: Schema, wanted: readonly string[]) {
    this.#schema = schema
    for (const one of wanted) {
      const [name = '', kinds = 'eq'] = one.trim().split(/\s+/)
      const type = schema.type(name)
      if (!type) throw new Error(`index: ${name} is unknown`)
      for (const kind of kinds.split(',')) this.#add(type, kind)
    }
  }

  #add(type: AttributeType, kind: string): void {
    const empty = { type, equality: null, presence: null, substrings: null, order: null }
    const known = this.#byType.get(type)
    const index: OfType = known ?? empty
    if (!known) {
      this.#byType.set(type, index)
      for (const { key } of this.#schema.subtypes(type))
        this.#fed.set(key, [...(this.#fed.get(key) ?? []), index])
    }
    if (kind === 'eq' && type.equality) index.equality ??= new Holding()
    else if (kind === 'pres') index.presence ??= new PresenceIndex()
    else if (kind === 'sub' && type.substrings) {
      index.substrings ??= new SubstringIndex(type.substrings, this.#schema)
    } else if (kind === 'order' && type.ordering) index.order ??= new OrderIndex(type.ordering, this.#schema)
    else throw new Error(`index: ${type.name} cannot be compared in the way of ${kind}`)
  }

  /** Feeds everything that an entry has. */
  add(node: Node, bytes: Buffer): void {
    for (const [held, values] of this.#indexed(bytes)) this.#feed(node, held, values, null)
  }

  /** Takes everything that an entry had away. */
  remove(node: Node, bytes: Buffer): void {
    for (const [held, values] of this.#indexed(bytes)) this.#starve(node, held, values, null)
  }

  /** Changes what differs between two states of an entry. What both have is left alone: most of it. */
  change(node: Node, before: Buffer, after: Buffer): void {
    const [had, has] = [this.#indexed(before), this.#indexed(after)]
    const touched = new Set<OfType>()
    for (const held of new Set([...had.keys(), ...has.keys()])) {
      if (same(had.get(held), has.get(held))) continue
      for (const index of this.#feeding(held)) touched.add(index)
    }
    // Such an index is emptied of the entry and fed again as a whole: another attribute may share a key with this one.
    if (touched.size === 0) return
    for (const [held, values] of had) this.#starve(node, held, values, touched)
    for (const [held, values] of has) this.#feed(node, held, values, touched)
  }

  /** The attributes that feed an index, with their values. */
  #indexed(bytes: Buffer): Map<string, Buffer[]> {
    const found = new Map<string, Buffer[]>()
    for (let at = 0; at < bytes.length;) {
      const piece = pieceAt(bytes, at, this.#schema)
      at = piece.to
      const { key } = piece.of
      if (this.#feeding(key).length > 0) found.set(key, valuesIn(bytes, piece.values, piece.to))
    }
    return found
  }

  #feeding(held: string): readonly OfType[] {
    const cut = held.indexOf(';')
    return this.#fed.get(cut < 0 ? held : held.slice(0, cut)) ?? []
  }

  #feed(node: Node, held: string, values: readonly Buffer[], only: ReadonlySet<OfType> | null): void {
    for (const index of this.#feeding(held)) {
      if (only && !only.has(index)) continue
      index.presence?.add(node)
      for (const value of values) {
        if (index.equality) for (const key of this.#keys(index.type, value)) index.equality.add(key, node)
        index.substrings?.add(node, value)
        index.order?.add(node, value)
      }
    }
  }

  #starve(node: Node, held: string, values: readonly Buffer[], only: ReadonlySet<OfType> | null): void {
    for (const index of this.#feeding(held)) {
      if (only && !only.has(index)) continue
      index.presence?.remove(node)
      for (const value of values) {
        if (index.equality) for (const key of this.#keys(index.type, value)) index.equality.remove(key, node)
        index.substrings?.remove(node, value)
        index.order?.remove(node, value)
      }
    }
  }

  #keys(type: AttributeType, value: Buffer): string[] {
    if (!holdsClasses(type)) {
      const key = this.#schema.key(type, value)
      return key === null ? [] : [key]
    }
    const found = this.#schema.class(value.toString('latin1'))
    return found ? lineage(found).map(({ oid }) => oid) : []
  }

  /** Entries that may match: a superset of those that do; null when the indexes cannot tell. */
  candidates(filter: Filter): readonly Node[] | null {
    switch (filter.kind) {
      case 'equal':
      case 'approx':
        return this.#equal(filter.type, filter.value)
      case 'present':
        return this.#of(filter.type)?.presence?.nodes ?? null
      case 'substrings':
        return this.#of(filter.type)?.substrings?.candidates(filter.initial, filter.any, filter.final) ?? null
      case 'greater':
      case 'less':
        return this.#of(filter.type)?.order?.candidates(filter.value, filter.kind === 'greater') ?? null
      case 'and': {
        let best: readonly Node[] | null = null
        for (const one of filter.of) {
          const found = this.candidates(one)
          if (found && (!best || found.length < best.length)) best = found
          if (best && best.length <= 1) return best
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
        return [...union]
      }
      default:
        return null
    }
  }

  #of(name: string): OfType | undefined {
    const description = this.#schema.description(name)
    return description ? this.#byType.get(description.type) : undefined
  }

  #equal(name: string, value: Buffer): readonly Node[] | null {
    const index = this.#of(name)
    if (!index?.equality) return null
    if (holdsClasses(index.type)) {
      return index.equality.get(this.#schema.oid(value.toString('latin1').trim()))
    }
    return index.equality.get(this.#schema.key(index.type, value) ?? '')
  }
}

function same(one: readonly Buffer[] = [], other: readonly Buffer[] = []): boolean {
  return one.length === other.length && one.every((value, at) => other[at]?.equals(value) === true)
}

/** A class and all it inherits from. */
export function lineage(one: ObjectClass): ObjectClass[] {
  const line = [one]
  for (const each of line) for (const sup of each.sups) if (!line.includes(sup)) line.push(sup)
  return line
}
