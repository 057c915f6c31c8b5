import type { MatchingRule } from '../ldap-protocol/matching-rules.ts'
import type { Schema } from '../ldap-protocol/schema.ts'
import type { Node } from './entry.ts'

/** A value most often belongs to one entry: a list is made for the second, in the order of the entries' numbers. */
type Holders = Node | Node[]

/** From keys to the entries that have them. */
export class Holding {
  readonly #holders = new Map<string, Holders>()

  /** @returns whether nobody had the key before */
  add(key: string, node: Node): boolean {
    const held = this.#holders.get(key)
    if (held === undefined) {
      this.#holders.set(key, node)
      return true
    }
    if (Array.isArray(held)) insert(held, node)
    else if (held !== node)
      this.#holders.set(key, held.entry.id < node.entry.id ? [held, node] : [node, held])
    return false
  }

  /** @returns whether nobody has the key any more */
  remove(key: string, node: Node): boolean {
    const held = this.#holders.get(key)
    if (Array.isArray(held)) {
      const at = placeOf(held, node)
      if (held[at] === node) held.splice(at, 1)
      if (held.length > 0) return false
    } else if (held !== node) return false
    this.#holders.delete(key)
    return true
  }

  /** Who has the key; not to be changed, nor kept. */
  get(key: string): readonly Node[] {
    const held = this.#holders.get(key)
    if (held === undefined) return nobody
    return Array.isArray(held) ? held : [held]
  }

  /** How many have the key. */
  count(key: string): number {
    const held = this.#holders.get(key)
    return held === undefined ? 0 : Array.isArray(held) ? held.length : 1
  }

  keys(): IterableIterator<string> {
    return this.#holders.keys()
  }
}

const nobody: readonly Node[] = []

/** Where a node is, or would be. Numbers grow: mostly at the end. */
function placeOf(held: readonly Node[], { entry }: Node): number {
  const last = held.at(-1)
  if (!last || last.entry.id < entry.id) return held.length
  let [low, high] = [0, held.length - 1]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((held[middle]?.entry.id ?? 0) < entry.id) low = middle + 1
    else high = middle
  }
  return low
}

function insert(held: Node[], node: Node): void {
  const at = placeOf(held, node)
  if (at === held.length) held.push(node)
  else if (held[at] !== node) held.splice(at, 0, node)
}

/** Entries that have an attribute at all. */
export class PresenceIndex {
  readonly #nodes: Node[] = []

  add(node: Node): void {
    insert(this.#nodes, node)
  }

  remove(node: Node): void {
    const at = placeOf(this.#nodes, node)
    if (this.#nodes[at] === node) this.#nodes.splice(at, 1)
  }

  get nodes(): readonly Node[] {
    return this.#nodes
  }
}

/** Numbers in both lists, which are in order; the first is the shorter. */
function common(few: readonly number[], many: readonly number[]): number[] {
  const found: number[] = []
  let at = 0
  for (const id of few) {
    // A list much longer is searched rather than read.
    if (many.length > 16 * few.length) at = placeOfNumber(many, id)
    else while (at < many.length && (many[at] ?? 0) < id) at++
    if (many[at] === id) found.push(id)
  }
  return found
}

function placeOfNumber(ids: readonly number[], id: number): number {
  if ((ids.at(-1) ?? -1) < id) return ids.length
  let [low, high] = [0, ids.length - 1]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((ids[middle] ?? 0) < id) low = middle + 1
    else high = middle
  }
  return low
}

/** Entries on which a filter is tried sooner than other letters are looked at. */
const fewEnough = 2

/** What a piece of text must be made of to be found by its pieces. */
const gram = 3
/** Stand for the beginning and the end of a value; no key holds them. */
const [beginning, end] = ['\u0002', '\u0003']

/** Finds values by their pieces: each three letters in a row lead to who has them. Lists hold the numbers of entries,
 *  not the entries: they lie side by side in memory. */
export class SubstringIndex {
  readonly #grams = new Map<string, number[]>()
  readonly #nodes = new Map<number, Node>()
  readonly #rule: MatchingRule
  readonly #schema: Schema

  constructor(rule: MatchingRule, schema: Schema) {
    this.#rule = rule
    this.#schema = schema
  }

  add(node: Node, value: Buffer): void {
    const { id } = node.entry
    this.#nodes.set(id, node)
    for (const one of this.#of(value)) {
      const held = this.#grams.get(one)
      if (!held) this.#grams.set(one, [id])
      else {
        const at = placeOfNumber(held, id)
        if (at === held.length) held.push(id)
        else if (held[at] !== id) held.splice(at, 0, id)
      }
    }
  }

  /** Takes a value away, with the letters that it shares with others of the entry: those are added again. */
  remove(node: Node, value: Buffer): void {
    const { id } = node.entry
    this.#nodes.delete(id)
    for (const one of this.#of(value)) {
      const held = this.#grams.get(one)
      const at = held ? placeOfNumber(held, id) : 0
      if (held?.[at] !== id) continue
      if (held.length > 1) held.splice(at, 1)
      else this.#grams.delete(one)
    }
  }

  /** Entries that may have all pieces; null when they are too short to tell. */
  candidates(initial: Buffer | null, any: readonly Buffer[], final: Buffer | null): readonly Node[] | null {
    const wanted: string[] = []
    const take = (piece: Buffer | null, place: 'initial' | 'any' | 'final'): void => {
      const key = piece && this.#rule.key(piece, this.#schema, place)
      if (!key) return
      wanted.push(...gramsOf((place === 'initial' ? beginning : '') + key + (place === 'final' ? end : '')))
    }
    take(initial, 'initial')
    for (const piece of any) take(piece, 'any')
    take(final, 'final')
    if (wanted.length === 0) return null
    const lists = wanted.map((one) => this.#grams.get(one) ?? []).sort((a, b) => a.length - b.length)
    let found: readonly number[] = lists[0] ?? []
    // The filter is tried on what is left: a few too many cost less than looking further.
    for (const list of lists.slice(1)) {
      if (found.length <= fewEnough) break
      found = common(found, list)
    }
    return found.map((id) => this.#nodes.get(id)).filter((node) => node !== undefined)
  }

  #of(value: Buffer): string[] {
    const key = this.#rule.key(value, this.#schema, 'whole')
    return key === null ? [] : gramsOf(beginning + key + end)
  }
}

function gramsOf(text: string): string[] {
  const grams: string[] = []
  for (let at = 0; at + gram <= text.length; at++) grams.push(text.slice(at, at + gram))
  return grams
}

/** Finds values by their order. They are sorted when somebody asks first, and kept so from then on: filling an index
 *  that nobody asks costs nothing. */
export class OrderIndex {
  readonly #holding = new Holding()
  readonly #rule: MatchingRule
  readonly #schema: Schema
  readonly #order: (a: string, b: string) => number
  #sorted: string[] | null = null

  constructor(rule: MatchingRule, schema: Schema) {
    this.#rule = rule
    this.#schema = schema
    this.#order = rule.order ?? ((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  }

  add(node: Node, value: Buffer): void {
    const key = this.#rule.key(value, this.#schema, 'whole')
    if (key === null || !this.#holding.add(key, node) || !this.#sorted) return
    this.#sorted.splice(this.#place(this.#sorted, key), 0, key)
  }

  remove(node: Node, value: Buffer): void {
    const key = this.#rule.key(value, this.#schema, 'whole')
    if (key === null || !this.#holding.remove(key, node) || !this.#sorted) return
    this.#sorted.splice(this.#place(this.#sorted, key), 1)
  }

  /** Entries with a value at or beyond `bound`; null where that is most of them. */
  candidates(bound: Buffer, greater: boolean): readonly Node[] | null {
    const key = this.#rule.key(bound, this.#schema, 'whole')
    if (key === null) return nobody
    const sorted = (this.#sorted ??= [...this.#holding.keys()].sort(this.#order))
    let [from, to] = [0, sorted.length]
    if (greater) from = this.#place(sorted, key)
    else {
      to = this.#place(sorted, key)
      if (sorted[to] === key) to++
    }
    if (to - from > sorted.length / 2) return null
    const found = new Set<Node>()
    for (let at = from; at < to; at++) for (const node of this.#holding.get(sorted[at] ?? '')) found.add(node)
    return [...found]
  }

  /** Where a key is, or would be. */
  #place(sorted: readonly string[], key: string): number {
    let [low, high] = [0, sorted.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#order(sorted[middle] ?? '', key) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}
