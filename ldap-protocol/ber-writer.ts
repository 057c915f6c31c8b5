/** Writes BER elements with minimal definite lengths (X.690 §10.1). */
export class Writer {
  #bytes: Buffer
  #at = 0
  readonly #open: number[] = []

  constructor(size = 256) {
    this.#bytes = Buffer.allocUnsafe(size)
  }

  #room(count: number): void {
    if (this.#at + count <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + count))
    this.#bytes.copy(larger, 0, 0, this.#at)
    this.#bytes = larger
  }

  #header(tag: number, length: number): void {
    this.#room(6 + length)
    this.#bytes[this.#at++] = tag
    if (length < 0x80) {
      this.#bytes[this.#at++] = length
      return
    }
    const count = length < 0x100 ? 1 : length < 0x10000 ? 2 : length < 0x1000000 ? 3 : 4
    this.#bytes[this.#at++] = 0x80 | count
    this.#at = this.#bytes.writeUIntBE(length, this.#at, count)
  }

  /** Opens a constructed element; `end` closes it. */
  begin(tag: number): this {
    this.#room(2)
    this.#bytes[this.#at] = tag
    this.#at += 2
    this.#open.push(this.#at)
    return this
  }

  end(): this {
    const start = this.#open.pop()
    if (start === undefined) throw new Error('no element is open')
    const length = this.#at - start
    if (length < 0x80) {
      this.#bytes[start - 1] = length
      return this
    }
    const count = length < 0x100 ? 1 : length < 0x10000 ? 2 : length < 0x1000000 ? 3 : 4
    this.#room(count)
    this.#bytes.copyWithin(start + count, start, this.#at)
    this.#bytes[start - 1] = 0x80 | count
    this.#bytes.writeUIntBE(length, start, count)
    this.#at += count
    return this
  }

  octets(value: Buffer, tag = 0x04): this {
    this.#header(tag, value.length)
    this.#at += value.copy(this.#bytes, this.#at)
    return this
  }

  text(value: string, tag = 0x04): this {
    const length = Buffer.byteLength(value)
    this.#header(tag, length)
    this.#at += this.#bytes.write(value, this.#at, length)
    return this
  }

  /** A signed integer of 32 bits; with tag 0x0a an ENUMERATED. */
  integer(value: number, tag = 0x02): this {
    const count = value >= -0x80 && value < 0x80 ? 1 : value >= -0x8000 && value < 0x8000 ? 2 : 4
    const length = count === 4 && value >= -0x800000 && value < 0x800000 ? 3 : count
    this.#header(tag, length)
    this.#at = this.#bytes.writeIntBE(value, this.#at, length)
    return this
  }

  boolean(value: boolean, tag = 0x01): this {
    this.#header(tag, 1)
    this.#bytes[this.#at++] = value ? 0xff : 0
    return this
  }

  /** Bytes that are elements already. */
  raw(elements: Buffer): this {
    this.#room(elements.length)
    this.#at += elements.copy(this.#bytes, this.#at)
    return this
  }

  /** What was written. The writer must not be used again. */
  take(): Buffer {
    if (this.#open.length > 0) throw new Error('an element is still open')
    return this.#bytes.subarray(0, this.#at)
  }
}
