import { MalformedError } from './ber-reader.ts'

/** Largest message taken, in bytes, unless told otherwise. */
export const defaultMessageBytes = 1_048_576

/** Small pieces are joined at this number: a message that comes byte by byte must not cost a buffer each. */
const mostChunks = 256

/** Cuts a stream of bytes into LDAP messages (RFC 4511 §5.2). The announced length is judged before a single byte of the
 *  body is kept, so that a header of six bytes cannot reserve memory or wait for ever. */
export class Frames {
  readonly #largest: number
  #chunks: Buffer[] = []
  #held = 0
  #wanted = 0

  constructor(largest = defaultMessageBytes) {
    this.#largest = largest
  }

  /** True between messages. */
  get empty(): boolean {
    return this.#held === 0
  }

  /** @throws MalformedError when a chunk starts no message, or too long a one */
  push(chunk: Buffer): void {
    this.#chunks.push(chunk)
    if (this.#chunks.length > mostChunks) this.#joined()
    this.#held += chunk.length
    if (this.#wanted === 0) this.#measure()
  }

  /** The next whole message, or null when more bytes are needed. */
  next(): Buffer | null {
    if (this.#wanted === 0 || this.#held < this.#wanted) return null
    const all = this.#joined()
    const frame = all.subarray(0, this.#wanted)
    this.#held -= this.#wanted
    this.#chunks = this.#held > 0 ? [all.subarray(this.#wanted)] : []
    this.#wanted = 0
    this.#measure()
    return frame
  }

  #joined(): Buffer {
    const [first] = this.#chunks
    if (this.#chunks.length === 1 && first) return first
    const all = Buffer.concat(this.#chunks)
    this.#chunks = [all]
    return all
  }

  #measure(): void {
    if (this.#held === 0) return
    const head = this.#held < 10 ? this.#joined() : this.#start()
    if (head[0] !== 0x30) throw new MalformedError('a message starts with a sequence')
    if (head.length < 2) return
    const first = head[1] ?? 0
    if (first < 0x80) {
      this.#wanted = 2 + first
      return
    }
    const count = first & 0x7f
    if (count === 0 || count > 8) throw new MalformedError('a length that is not taken')
    let length = 0
    for (let n = 0; n < count; n++) {
      const byte = head[2 + n]
      if (byte === undefined) return
      length = length * 256 + byte
      if (length > this.#largest) throw new MalformedError('a message that is too long')
    }
    this.#wanted = 2 + count + length
  }

  /** A chunk that holds the whole header. */
  #start(): Buffer {
    const first = this.#chunks[0]
    return first && first.length >= 10 ? first : this.#joined()
  }
}
