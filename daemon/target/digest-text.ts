import { hash } from 'node:crypto'

/** Values in a message, by where they begin and end: the first `count` of each list. */
export interface Places {
  readonly starts: readonly number[]
  readonly ends: readonly number[]
  readonly count: number
}

/** Above this many a value is better copied, and a list better sorted, by what the runtime has for it. */
const few = 48

/** What is digested of one entry after the other, in one buffer. Values are short, and there are millions of them: a call
 *  into the runtime for each would cost more than all the rest. */
export class DigestText {
  #text = Buffer.allocUnsafe(16_384)
  #length = 0
  #order: number[] = []

  /** Begins anew with the name of an entry, capitals of ASCII made small. */
  begin(bytes: Buffer, start: number, end: number): void {
    this.#length = 0
    this.#put(0xff, bytes, start, end)
    const text = this.#text
    for (let at = 5; at < this.#length; at++) {
      const byte = text[at] ?? 0
      if (byte >= 0x41 && byte <= 0x5a) text[at] = byte | 0x20
    }
  }

  /** Adds the values of the attribute at `place`, in the order of their bytes, each with its length. */
  put(place: number, bytes: Buffer, { starts, ends, count }: Places): void {
    if (count === 1) {
      this.#put(place, bytes, starts[0] ?? 0, ends[0] ?? 0)
      return
    }
    this.#sort(bytes, starts, ends, count)
    for (let nth = 0; nth < count; nth++) {
      const value = this.#order[nth] ?? 0
      this.#put(place, bytes, starts[value] ?? 0, ends[value] ?? 0)
    }
  }

  digest(): string {
    return hash('sha256', this.#text.subarray(0, this.#length), 'base64url').slice(0, 22)
  }

  #sort(bytes: Buffer, starts: readonly number[], ends: readonly number[], count: number): void {
    if (count > few) {
      this.#order = Array.from({ length: count }, (_, index) => index).sort((one, other) =>
        bytes.compare(bytes, starts[other], ends[other], starts[one], ends[one]),
      )
      return
    }
    const order = this.#order
    for (let value = 0; value < count; value++) {
      const start = starts[value] ?? 0
      const end = ends[value] ?? 0
      let at = value
      for (; at > 0; at--) {
        const before = order[at - 1] ?? 0
        if (!isLess(bytes, start, end, starts[before] ?? 0, ends[before] ?? 0)) break
        order[at] = before
      }
      order[at] = value
    }
  }

  #put(place: number, bytes: Buffer, start: number, end: number): void {
    const size = end - start
    let at = this.#length
    if (at + 5 + size > this.#text.length) {
      const larger = Buffer.allocUnsafe((at + 5 + size) * 2)
      this.#text.copy(larger, 0, 0, at)
      this.#text = larger
    }
    const text = this.#text
    text[at] = place
    text[at + 1] = size >>> 24
    text[at + 2] = size >>> 16
    text[at + 3] = size >>> 8
    text[at + 4] = size
    at += 5
    if (size > few) bytes.copy(text, at, start, end)
    else for (let from = start; from < end; from++) text[at++] = bytes[from] ?? 0
    this.#length += 5 + size
  }
}

/** Whether bytes come before others of the same buffer, as Buffer.compare has it. */
function isLess(bytes: Buffer, start: number, end: number, other: number, otherEnd: number): boolean {
  const length = Math.min(end - start, otherEnd - other)
  for (let n = 0; n < length; n++) {
    const difference = (bytes[start + n] ?? 0) - (bytes[other + n] ?? 0)
    if (difference !== 0) return difference < 0
  }
  return end - start < otherEnd - other
}
