import { Reader } from '../ldap-protocol/ber-reader.ts'
import { Writer } from '../ldap-protocol/ber-writer.ts'
import { readAttribute, writeAttribute } from '../ldap-protocol/envelope.ts'
import type { Attribute } from '../ldap-protocol/message.ts'
import type { Schema, Spelling } from '../ldap-protocol/schema.ts'

/** The attributes of an entry under their keys (`cn`, `cn;lang-fr`), in the order they came in. */
export type Attributes = ReadonlyMap<string, Attribute>

/** One state of one entry. Never changed: a modification makes another one with the same `id`.
 *  Attributes are kept as the bytes of a list, as they travel: a fifth of the memory, and most answers are made of
 *  pieces of it. */
export interface Entry {
  /** Grows with every entry added since the process started; the order of pages and of indexes. */
  readonly id: number
  readonly dn: string
  /** The normal form of `dn`: what entries are found by. */
  readonly normal: string
  readonly bytes: Buffer
  /** Where in `bytes` the values of userPassword begin; -1: it has none. To look for them takes a bind longer than all
   *  else that it looks up. */
  readonly verifiersAt: number
}

/** The entry of these bytes. */
export function entryOf(id: number, dn: string, normal: string, bytes: Buffer): Entry {
  return { id, dn, normal, bytes, verifiersAt: placeOf(bytes, 'userpassword') }
}

/** The values of userPassword. */
export function verifiersIn({ bytes, verifiersAt }: Entry): Buffer[] {
  return verifiersAt < 0 ? [] : valuesIn(bytes, verifiersAt, bytes.length)
}

/** A place in the tree. */
export interface Node {
  entry: Entry
  parent: Node | null
  readonly children: Set<Node>
}

/** An entry as it was when a search began. */
export interface Found {
  readonly entry: Entry
  readonly node: Node
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

/** One attribute where it lies in the bytes of an entry. */
export interface Piece {
  readonly of: Spelling
  /** From the first byte to that after the last. */
  readonly from: number
  readonly to: number
  /** Where the values begin. */
  readonly values: number
}

/** The attribute that begins at `from`. */
export function pieceAt(bytes: Buffer, from: number, { spellings }: Schema): Piece {
  let at = from + 1
  const length = bytes[at] ?? 0
  let size = length
  at++
  if (length >= 0x80) {
    size = bytes.readUIntBE(at, length & 0x7f)
    at += length & 0x7f
  }
  const to = at + size
  // A type is shorter than 128 bytes, or its length takes more than one.
  const named = bytes[at + 1] ?? 0
  const start = named < 0x80 ? at + 2 : at + 2 + (named & 0x7f)
  const end = start + (named < 0x80 ? named : bytes.readUIntBE(at + 2, named & 0x7f))
  return { of: spellings.at(bytes, start, end), from, to, values: end }
}

/** The values of one attribute, given by its key; none if the entry lacks it. */
export function valuesOf(bytes: Buffer, key: string): Buffer[] {
  const at = placeOf(bytes, key)
  return at < 0 ? [] : valuesIn(bytes, at, bytes.length)
}

/** Where the values of one attribute begin, or -1. Names are read only where their length is right. */
function placeOf(bytes: Buffer, key: string): number {
  for (let at = 0; at < bytes.length;) {
    const length = bytes[at + 1] ?? 0
    const short = length < 0x80
    const start = short ? at + 2 : at + 2 + (length & 0x7f)
    if (bytes[start + 1] === key.length) {
      const named = bytes.toString('latin1', start + 2, start + 2 + key.length)
      if (named.toLowerCase() === key) return start + 2 + key.length
    }
    at = start + (short ? length : bytes.readUIntBE(at + 2, length & 0x7f))
  }
  return -1
}

/** The values that begin at `from`, before `to`. */
export function valuesIn(bytes: Buffer, from: number, to: number): Buffer[] {
  const set = new Reader(bytes, from, to).enter(0x31)
  const values: Buffer[] = []
  while (set.more) values.push(set.octets(0x04))
  return values
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
