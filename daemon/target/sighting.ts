import { hash } from 'node:crypto'
import type { Profile } from '../../domain/profile.ts'
import { MalformedError } from '../../ldap-protocol/ber-reader.ts'
import { readReadEntry } from '../../ldap-protocol/controls.ts'
import type { Attribute } from '../../ldap-protocol/message.ts'
import { decodeResponse } from '../../ldap-protocol/response.ts'
import type { Found, Sighting, Stand } from './target.ts'

/** The attributes that are asked for where a profile is kept. */
export function wanted({ managed }: Profile): string[] {
  return [...new Set([...managed, 'uid', 'mail', 'entryUUID'])]
}

/** Which form a digest has: one made otherwise can be compared with none of these. */
export const digestForm = '3.'

/** Whether two digests can be compared at all. */
export function isComparable(digest: string | null): digest is string {
  return digest?.startsWith(digestForm) ?? false
}

/** An entry as it goes over the wire. */
interface Sent {
  readonly dn: string
  readonly attributes: readonly Attribute[]
}

/** Values of one attribute in the message at hand, by where they begin and end. */
interface Slot {
  readonly name: Buffer
  readonly starts: number[]
  readonly ends: number[]
}

/** Reads entries from the messages that bring them (RFC 4511, 4.5.2). A scan sees tens of thousands and has nothing to
 *  do about nearly all: so the bytes are walked once, no value is made into anything, and what is digested is put
 *  together in one buffer that serves for all. */
export class SightingReader {
  readonly #profile: Profile
  readonly #slots: readonly Slot[]
  readonly #managed: number
  readonly #slotsBySketch = new Map<number, Slot[]>()
  readonly #uid: Slot
  readonly #uuid: Slot
  readonly #csn: Slot
  #bytes: Buffer = Buffer.alloc(0)
  #at = 0
  /** Where the name of the entry begins. */
  #name = 0
  #text = Buffer.allocUnsafe(16_384)
  #length = 0

  constructor(profile: Profile) {
    this.#profile = profile
    this.#managed = profile.managed.length
    this.#slots = [...wanted(profile), 'entryCSN'].map((name) => ({
      name: Buffer.from(name.toLowerCase()),
      starts: [],
      ends: [],
    }))
    for (const slot of this.#slots) {
      const sketch = sketchOf(slot.name, 0, slot.name.length)
      this.#slotsBySketch.set(sketch, [...(this.#slotsBySketch.get(sketch) ?? []), slot])
    }
    const called = (name: string) => this.#slots.find((slot) => slot.name.toString() === name)
    const [uid, uuid, csn] = [called('uid'), called('entryuuid'), called('entrycsn')]
    if (uid === undefined || uuid === undefined || csn === undefined)
      throw new TypeError('all are always among them')
    this.#uid = uid
    this.#uuid = uuid
    this.#csn = csn
  }

  /** @throws MalformedError when the message is no entry */
  read(message: Buffer): Sighting {
    this.#bytes = message
    this.#at = 0
    const all = this.#enter(0x30, message.length)
    this.#at = this.#enter(0x02, all)
    return this.#seen(all, () => {
      const { operation } = decodeResponse(message)
      if (operation.kind !== 'entry') throw new MalformedError('an entry was expected')
      return operation
    })
  }

  /** Reads the entry that a change has left, as a post-read control brings it (RFC 4527), and says whether it is what was
   *  sent, to the byte and in the same order. @throws MalformedError when it is none */
  readBack(value: Buffer, sent: Sent): { sighting: Sighting; exact: boolean } {
    this.#bytes = value
    this.#at = 0
    const sighting = this.#seen(value.length, () => readReadEntry(value))
    return { sighting, exact: this.#isWhat(sent) }
  }

  #seen(end: number, decode: () => Sent): Sighting {
    this.#walk(end)
    const number = this.#profile.identify({ uid: this.#texts(this.#uid) })
    const uuid = this.#texts(this.#uuid)[0] ?? null
    const csn = this.#texts(this.#csn)[0] ?? null
    const seen = { number, uuid, csn, digest: this.#digest() }
    return { ...seen, found: (stand) => decoded(this.#profile, decode(), seen, stand) }
  }

  /** Puts the name into the text, and finds the values of each slot. */
  #walk(within: number): void {
    for (const { starts, ends } of this.#slots) starts.length = ends.length = 0
    this.#length = 0
    const entry = this.#enter(0x64, within)
    const nameEnd = this.#enter(0x04, entry)
    this.#name = this.#at
    this.#put(this.#at, nameEnd, 0xff)
    lowered(this.#text, 5, this.#length)
    this.#at = nameEnd
    const end = this.#enter(0x30, entry)
    while (this.#at < end) {
      const attribute = this.#enter(0x30, end)
      const type = this.#enter(0x04, attribute)
      const slot = this.#slotAt(this.#at, type)
      this.#at = type
      this.#enter(0x31, attribute)
      while (slot !== null && this.#at < attribute) {
        const value = this.#enter(0x04, attribute)
        slot.starts.push(this.#at)
        slot.ends.push(value)
        this.#at = value
      }
      this.#at = attribute
    }
  }

  /** Whether the entry that was walked last is this one. */
  #isWhat({ dn, attributes }: Sent): boolean {
    const name = Buffer.from(dn)
    let values = 0
    for (const { type, values: sent } of attributes) {
      const bytes = Buffer.from(type.toLowerCase())
      const slot = this.#slotsBySketch
        .get(sketchOf(bytes, 0, bytes.length))
        ?.find((each) => each.name.equals(bytes))
      if (slot?.starts.length !== sent.length) return false
      if (!sent.every((value, index) => this.#holds(value, slot.starts[index] ?? 0, slot.ends[index] ?? 0)))
        return false
      values += sent.length
    }
    const managed = this.#slots.slice(0, this.#managed).reduce((sum, { starts }) => sum + starts.length, 0)
    return managed === values && this.#holds(name, this.#name, this.#name + name.length)
  }

  #holds(value: Buffer, start: number, end: number): boolean {
    return value.length === end - start && this.#bytes.compare(value, 0, value.length, start, end) === 0
  }

  /** Goes into the element here, which must bear `tag` and end within `end`; returns where it ends. */
  #enter(tag: number, end: number): number {
    const bytes = this.#bytes
    if (bytes[this.#at] !== tag) throw new MalformedError(`tag ${tag} expected`)
    let length = bytes[this.#at + 1] ?? 0
    this.#at += 2
    if (length >= 0x80) {
      const count = length & 0x7f
      if (count === 0 || count > 4) throw new MalformedError('a length that does not fit')
      length = 0
      for (let n = 0; n < count; n++) length = length * 256 + (bytes[this.#at++] ?? 0)
    }
    if (this.#at + length > end) throw new MalformedError('an element longer than what holds it')
    return this.#at + length
  }

  #slotAt(start: number, end: number): Slot | null {
    const near = this.#slotsBySketch.get(sketchOf(this.#bytes, start, end))
    return near?.find(({ name }) => isNamed(this.#bytes, start, end, name)) ?? null
  }

  #texts({ starts, ends }: Slot): string[] {
    return starts.map((start, index) => this.#bytes.toString('utf8', start, ends[index]))
  }

  /** Each managed attribute that has values by its place, each value with its length: no two entries that differ give
   *  the same text, whatever order a directory has them in. */
  #digest(): string {
    for (let place = 0; place < this.#managed; place++) {
      const slot = this.#slots[place]
      const count = slot?.starts.length ?? 0
      if (slot === undefined || count === 0) continue
      if (count === 1) this.#put(slot.starts[0] ?? 0, slot.ends[0] ?? 0, place)
      else
        for (const value of this.#inOrder(slot))
          this.#put(slot.starts[value] ?? 0, slot.ends[value] ?? 0, place)
    }
    return digestForm + hash('sha256', this.#text.subarray(0, this.#length), 'base64url').slice(0, 22)
  }

  #inOrder({ starts, ends }: Slot): number[] {
    const bytes = this.#bytes
    return starts
      .map((_, index) => index)
      .sort((one, other) => bytes.compare(bytes, starts[other], ends[other], starts[one], ends[one]))
  }

  #put(start: number, end: number, place: number): void {
    const size = end - start
    if (this.#length + 5 + size > this.#text.length) {
      const larger = Buffer.allocUnsafe((this.#length + 5 + size) * 2)
      this.#text.copy(larger, 0, 0, this.#length)
      this.#text = larger
    }
    const text = this.#text
    text[this.#length] = place
    text.writeUInt32BE(size, this.#length + 1)
    this.#bytes.copy(text, this.#length + 5, start, end)
    this.#length += 5 + size
  }
}

/** Enough of a name, in whatever case, to tell most from each other. */
function sketchOf(bytes: Buffer, start: number, end: number): number {
  const first = (bytes[start] ?? 0) | 0x20
  const last = (bytes[end - 1] ?? 0) | 0x20
  const middle = (bytes[(start + end) >> 1] ?? 0) | 0x20
  return ((end - start) << 24) | (first << 16) | (middle << 8) | last
}

function isNamed(bytes: Buffer, start: number, end: number, name: Buffer): boolean {
  if (end - start !== name.length) return false
  for (let n = 0; n < name.length; n++) if (((bytes[start + n] ?? 0) | 0x20) !== name[n]) return false
  return true
}

/** Capitals of ASCII made small, in place. */
function lowered(bytes: Buffer, start: number, end: number): void {
  for (let n = start; n < end; n++) {
    const byte = bytes[n] ?? 0
    if (byte >= 0x41 && byte <= 0x5a) bytes[n] = byte | 0x20
  }
}

function decoded(
  profile: Profile,
  { dn, attributes: all }: Sent,
  { number, uuid, csn, digest }: Omit<Sighting, 'found'>,
  stand: Stand,
): Found {
  const values = new Map(all.map((each) => [each.type.toLowerCase(), each.values]))
  const attributes: Record<string, readonly string[]> = {}
  for (const name of new Set([...profile.managed, 'uid', 'mail'])) {
    const held = (values.get(name.toLowerCase()) ?? []).map((value) => value.toString())
    if (held.length === 0) continue
    attributes[name] = name === 'userPassword' ? held.map((stored) => stand(number, stored)) : held
  }
  return { dn, attributes, uuid, digest, csn }
}
