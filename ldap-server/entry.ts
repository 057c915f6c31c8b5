import { Reader } from '../ldap-protocol/ber-reader.ts'
import { Writer } from '../ldap-protocol/ber-writer.ts'
import { readAttribute, writeAttribute } from '../ldap-protocol/envelope.ts'
import type { Attribute } from '../ldap-protocol/message.ts'

/** The attributes of an entry under their keys (`cn`, `cn;lang-fr`), in the order they came in. */
export type Attributes = ReadonlyMap<string, Attribute>

/** One state of one entry. Never changed: a modification makes another one with the same `id`.
 *  Attributes are kept as the bytes of a list and decoded when looked at: a fifth of the memory. */
export interface Entry {
  /** Grows with every entry added since the process started; the order of pages. */
  readonly id: number
  readonly dn: string
  /** The normal form of `dn`: what entries are found by. */
  readonly normal: string
  readonly bytes: Buffer
}

/** A place in the tree. */
export interface Node {
  entry: Entry
  parent: Node | null
  readonly children: Set<Node>
}

/** What makes up an entry given by hand. */
export interface PlainEntry {
  readonly dn: string
  readonly attributes: readonly Attribute[]
}

export function encodeAttributes(attributes: Iterable<Attribute>): Buffer {
  const to = new Writer(1024)
  for (const attribute of attributes) writeAttribute(to, attribute)
  return Buffer.from(to.take())
}

export function decodeAttributes(bytes: Buffer): Map<string, Attribute> {
  const from = new Reader(bytes)
  const attributes = new Map<string, Attribute>()
  while (from.more) {
    const attribute = readAttribute(from)
    attributes.set(attribute.type.toLowerCase(), attribute)
  }
  return attributes
}

/** The normal name one level up; '' above a name of one RDN. */
export function parentOf(normal: string): string {
  const comma = normal.indexOf(',')
  return comma < 0 ? '' : normal.slice(comma + 1)
}

/** Whether `normal` is `base` or lies below it. */
export function within(normal: string, base: string): boolean {
  return (
    base === '' ||
    normal === base ||
    (normal.endsWith(base) && normal[normal.length - base.length - 1] === ',')
  )
}
