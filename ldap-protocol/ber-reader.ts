import { isUtf8 } from 'node:buffer'

/** The bytes are not what the protocol says; the connection that sent them is ended (RFC 4511 §4.1.1). */
export class MalformedError extends Error {
  readonly code = 'LDAP_MALFORMED'
  constructor(message: string) {
    super(message)
    this.name = 'MalformedError'
  }
}

/** Stands for text that is not UTF-8: every DN, attribute and value syntax refuses NUL, so that ill-formed
 *  text is answered like any other wrong value, and never mistaken for another text. */
export const notText = '\u0000'

/** UTF-8 bytes as text (RFC 4511 §4.1.2), or `notText`. */
export function decodeText(bytes: Buffer): string {
  return isUtf8(bytes) ? bytes.toString('utf8') : notText
}

/** How deep constructed elements may lie in each other, unless told otherwise. */
export const defaultNesting = 64

/** Reads BER elements (X.690: definite lengths, tags of one byte) inside `[at, end)` of a buffer.
 *  Never reads beyond its own element, never recurses by itself; whoever enters a constructed element
 *  spends one of the `nesting` levels. Every problem is a `MalformedError`. */
export class Reader {
  readonly bytes: Buffer
  readonly end: number
  at: number
  readonly #nesting: number

  constructor(bytes: Buffer, at = 0, end = bytes.length, nesting = defaultNesting) {
    this.bytes = bytes
    this.at = at
    this.end = end
    this.#nesting = nesting
  }

  /** True while elements remain. */
  get more(): boolean {
    return this.at < this.end
  }

  /** The tag of the next element, or -1 at the end. */
  peek(): number {
    return this.at < this.end ? (this.bytes[this.at] ?? -1) : -1
  }

  /** Reads the header of the next element, which must bear `tag`; leaves `at` on its content.
   *  @returns where the content ends */
  #header(tag: number): number {
    if (this.peek() !== tag) throw new MalformedError(`tag ${tag} expected, ${this.peek()} found`)
    let at = this.at + 1
    if (at >= this.end) throw new MalformedError('an element ends before its length')
    let length = this.bytes[at++] ?? 0
    if (length === 0x80) throw new MalformedError('an indefinite length')
    if (length > 0x80) {
      const count = length & 0x7f
      if (count > 8 || at + count > this.end) throw new MalformedError('a length that does not fit')
      length = 0
      for (let n = 0; n < count; n++) length = length * 256 + (this.bytes[at++] ?? 0)
    }
    if (length > this.end - at) throw new MalformedError('an element longer than what holds it')
    this.at = at
    return at + length
  }

  /** A reader of the content of the next element, which is skipped here. */
  enter(tag: number): Reader {
    if (this.#nesting <= 0) throw new MalformedError('nested too deeply')
    const end = this.#header(tag)
    const inner = new Reader(this.bytes, this.at, end, this.#nesting - 1)
    this.at = end
    return inner
  }

  /** The content of the next element, not copied. */
  octets(tag: number): Buffer {
    const end = this.#header(tag)
    const content = this.bytes.subarray(this.at, end)
    this.at = end
    return content
  }

  /** UTF-8 text, or `notText`. */
  text(tag = 0x04): string {
    const end = this.#header(tag)
    const start = this.at
    this.at = end
    // Most text is short and ASCII: seen here, it takes one call less and no window on the bytes.
    for (let at = start; at < end; at++) {
      if ((this.bytes[at] ?? 0) > 0x7f) return decodeText(this.bytes.subarray(start, end))
    }
    return this.bytes.toString('latin1', start, end)
  }

  /** A signed integer of at most 32 bits; also for ENUMERATED (tag 0x0a). */
  integer(tag = 0x02): number {
    const end = this.#header(tag)
    const length = end - this.at
    if (length < 1 || length > 4) throw new MalformedError('an integer of a length that is not taken')
    const value = this.bytes.readIntBE(this.at, length)
    this.at = end
    return value
  }

  boolean(tag = 0x01): boolean {
    const content = this.octets(tag)
    if (content.length !== 1) throw new MalformedError('a boolean is one byte')
    return content[0] !== 0
  }

  /** Passes over the next element, whatever it is. */
  skip(): void {
    this.octets(this.peek())
  }

  /** Throws unless everything was read. */
  finish(): void {
    if (this.at !== this.end) throw new MalformedError('bytes left over')
  }
}
