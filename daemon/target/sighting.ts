import type { Profile } from '../../domain/profile.ts'
import { MalformedError } from '../../ldap-protocol/ber-reader.ts'
import { readReadEntry } from '../../ldap-protocol/controls.ts'
import type { Attribute } from '../../ldap-protocol/message.ts'
import { decodeResponse } from '../../ldap-protocol/response.ts'
import { DigestText } from './digest-text.ts'
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

/** Values of one attribute in the message at hand, by where they begin and end: the first `count` of each list. */
interface Slot {
  readonly name: Buffer
  readonly starts: number[]
  readonly ends: number[]
  count: number
  /** The name as the directory spelt it last. */
  spelling: Buffer
  /** What came after it in an entry before: directories give attributes in much the same order. */
  next: Slot | null
}

/** Reads entries from the messages that bring them (RFC 4511, 4.5.2). A scan sees tens of thousands and has nothing to
 *  do about nearly all: so the bytes are walked once, no value is made into anything, what is digested is put together
 *  in one buffer that serves for all, and as little as can be is left to the garbage collector. */
export class SightingReader {
  readonly #profile: Profile
  readonly #slots: readonly Slot[]
  readonly #managed: number
  readonly #slotsBySketch = new Map<number, Slot[]>()
  readonly #uid: Slot
  readonly #uuid: Slot
  readonly #csn: Slot
  /** Before the first attribute. */
  readonly #start = slotOf('')
  readonly #text = new DigestText()
  #bytes: Buffer = Buffer.alloc(0)
  #at = 0
  /** Where the name of the entry begins. */
  #name = 0

  constructor(profile: Profile) {
    this.#profile = profile
    this.#managed = profile.managed.length
    this.#slots = [...wanted(profile), 'entryCSN'].map(slotOf)
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
    return this.#seen(all, entryIn)
  }

  /** Reads the entry that a change has left, as a post-read control brings it (RFC 4527), and says whether it is what was
   *  sent, to the byte and in the same order. @throws MalformedError when it is none */
  readBack(value: Buffer, sent: Sent): { sighting: Sighting; exact: boolean } {
    this.#bytes = value
    this.#at = 0
    const sighting = this.#seen(value.length, readReadEntry)
    return { sighting, exact: this.#isWhat(sent) }
  }

  #seen(end: number, decode: (message: Buffer) => Sent): Sighting {
    this.#walk(end)
    const number = this.#profile.identify({ uid: this.#texts(this.#uid) })
    const digest = this.#digest()
    return new Walked(
      { profile: this.#profile, decode },
      this.#bytes,
      number,
      this.#first(this.#uuid),
      digest,
      this.#first(this.#csn),
    )
  }

  /** Puts the name into the text, and finds the values of each slot. */
  #walk(within: number): void {
    for (const slot of this.#slots) slot.count = 0
    const entry = this.#enter(0x64, within)
    const nameEnd = this.#enter(0x04, entry)
    this.#name = this.#at
    this.#text.begin(this.#bytes, this.#at, nameEnd)
    this.#at = nameEnd
    const end = this.#enter(0x30, entry)
    let last = this.#start
    while (this.#at < end) {
      const attribute = this.#enter(0x30, end)
      const type = this.#enter(0x04, attribute)
      const slot = this.#slotAfter(last, this.#at, type)
      this.#at = type
      this.#enter(0x31, attribute)
      if (slot !== null) {
        last = slot
        this.#values(slot, attribute)
      }
      this.#at = attribute
    }
  }

  #values(slot: Slot, end: number): void {
    let { count } = slot
    while (this.#at < end) {
      const value = this.#enter(0x04, end)
      slot.starts[count] = this.#at
      slot.ends[count] = value
      count += 1
      this.#at = value
    }
    slot.count = count
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
      if (slot?.count !== sent.length) return false
      if (!sent.every((value, index) => this.#holds(value, slot.starts[index] ?? 0, slot.ends[index] ?? 0)))
        return false
      values += sent.length
    }
    const managed = this.#slots.slice(0, this.#managed).reduce((sum, { count }) => sum + count, 0)
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

  /** The slot of the attribute whose name is here; null where nobody asked for it. */
  #slotAfter(last: Slot, start: number, end: number): Slot | null {
    const { next } = last
    if (next !== null && isHere(this.#bytes, start, end, next.spelling)) return next
    const near = this.#slotsBySketch.get(sketchOf(this.#bytes, start, end))
    const slot = near?.find(({ name }) => isNamed(this.#bytes, start, end, name)) ?? null
    if (slot !== null) {
      if (!isHere(this.#bytes, start, end, slot.spelling))
        slot.spelling = Buffer.from(this.#bytes.subarray(start, end))
      last.next = slot
    }
    return slot
  }

  #texts({ starts, ends, count }: Slot): string[] {
    const texts: string[] = []
    for (let value = 0; value < count; value++)
      texts.push(this.#bytes.toString('utf8', starts[value], ends[value]))
    return texts
  }

  #first({ starts, ends, count }: Slot): string | null {
    return count === 0 ? null : this.#bytes.toString('utf8', starts[0], ends[0])
  }

  /** Each managed attribute that has values by its place, each value with its length: no two entries that differ give
   *  the same text, whatever order a directory has them in. */
  #digest(): string {
    for (let place = 0; place < this.#managed; place++) {
      const slot = this.#slots[place]
      if (slot !== undefined && slot.count > 0) this.#text.put(place, this.#bytes, slot)
    }
    return digestForm + this.#text.digest()
  }
}

/** An entry of which no more is known than was walked over. */
class Walked implements Sighting {
  readonly #from: { readonly profile: Profile; readonly decode: (message: Buffer) => Sent }
  readonly #message: Buffer
  readonly number: string | null
  readonly uuid: string | null
  readonly digest: string
  readonly csn: string | null

  constructor(
    from: { readonly profile: Profile; readonly decode: (message: Buffer) => Sent },
    message: Buffer,
    number: string | null,
    uuid: string | null,
    digest: string,
    csn: string | null,
  ) {
    this.#from = from
    this.#message = message
    this.number = number
    this.uuid = uuid
    this.digest = digest
    this.csn = csn
  }

  found(stand: Stand): Found {
    return decoded(this.#from.profile, this.#from.decode(this.#message), this, stand)
  }
}

function entryIn(message: Buffer): Sent {
  const { operation } = decodeResponse(message)
  if (operation.kind !== 'entry') throw new MalformedError('an entry was expected')
  return operation
}

function slotOf(name: string): Slot {
  const bytes = Buffer.from(name.toLowerCase())
  return { name: bytes, starts: [], ends: [], count: 0, spelling: bytes, next: null }
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

function isHere(bytes: Buffer, start: number, end: number, spelling: Buffer): boolean {
  if (end - start !== spelling.length) return false
  for (let n = 0; n < spelling.length; n++) if (bytes[start + n] !== spelling[n]) return false
  return true
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
