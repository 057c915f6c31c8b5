import type { Schema } from '../ldap-protocol/schema.ts'
import { parentOf } from './entry.ts'
import type { Entry, Node } from './entry.ts'
import { Indexes } from './indexes.ts'

/** Takes back one change to the tree. */
export type Undo = () => void

/** The entries in memory: by name, by parent, by indexed value. Changes are whole: each returns how to take
 *  it back, for when it could not be made durable. */
export class Tree {
  readonly indexes: Indexes
  readonly #byName = new Map<string, Node>()

  constructor(schema: Schema, indexed: readonly string[]) {
    // Whoever follows changes knows entries by this alone.
    this.indexes = new Indexes(schema, ['entryUUID eq', ...indexed])
  }

  get size(): number {
    return this.#byName.size
  }

  find(normal: string): Node | undefined {
    return this.#byName.get(normal)
  }

  /** The nearest entry above a name, or null. */
  above(normal: string): Node | null {
    for (let name = parentOf(normal); name !== ''; name = parentOf(name)) {
      const node = this.#byName.get(name)
      if (node) return node
    }
    return null
  }

  /** The entry of this identity: one or none. */
  withUuid(uuid: string): readonly Node[] {
    const value = Buffer.from(uuid)
    return this.indexes.candidates({ kind: 'equal', type: 'entryUUID', value }) ?? []
  }

  nodes(): IterableIterator<Node> {
    return this.#byName.values()
  }

  /** Adds an entry, or replaces the one of the same name. */
  put(entry: Entry): Undo {
    const known = this.#byName.get(entry.normal)
    if (known) {
      const before = known.entry
      this.#swap(known, entry)
      return () => this.#swap(known, before)
    }
    const parent = this.#byName.get(parentOf(entry.normal)) ?? null
    const node: Node = { entry, parent, children: new Set() }
    this.#attach(node)
    return () => this.#detach(node)
  }

  /** Removes a leaf. */
  remove(node: Node): Undo {
    this.#detach(node)
    return () => this.#attach(node)
  }

  /** Gives `node` the name and content of `entry`, and everything below it a name to match.
   *  @param below the new states of the entries below, parents first */
  move(node: Node, entry: Entry, below: readonly [Node, Entry][]): Undo {
    const steps: [Node, Entry][] = [[node, entry], ...below]
    const before = steps.map(([each]): [Node, Entry] => [each, each.entry])
    const apply = (states: readonly [Node, Entry][]): void => {
      for (const [each] of states) this.#byName.delete(each.entry.normal)
      for (const [each, state] of states) {
        this.#swap(each, state)
        this.#byName.set(state.normal, each)
      }
      node.parent?.children.delete(node)
      node.parent = this.#byName.get(parentOf(node.entry.normal)) ?? null
      node.parent?.children.add(node)
    }
    apply(steps)
    return () => apply(before)
  }

  /** Every node below, parents first. */
  below(node: Node): Node[] {
    const found: Node[] = []
    const open = [node]
    for (let next = open.pop(); next; next = open.pop()) {
      for (const child of next.children) {
        found.push(child)
        open.push(child)
      }
    }
    return found
  }

  #swap(node: Node, entry: Entry): void {
    const before = node.entry
    node.entry = entry
    if (before.bytes === entry.bytes) return
    this.indexes.change(node, before.bytes, entry.bytes)
  }

  #attach(node: Node): void {
    this.#byName.set(node.entry.normal, node)
    node.parent?.children.add(node)
    this.indexes.add(node, node.entry.bytes)
  }

  #detach(node: Node): void {
    this.#byName.delete(node.entry.normal)
    node.parent?.children.delete(node)
    this.indexes.remove(node, node.entry.bytes)
  }
}
