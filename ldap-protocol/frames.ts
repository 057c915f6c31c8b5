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
  /** Of the first chunk: what lies before was given away. */
  #at = 0
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
    if (this.#held === 0) this.#start(chunk)
    else this.#chunks.push(chunk)
    if (this.#chunks.length > mostChunks) this.#joined()
    this.#held += chunk.length
    if (this.#wanted === 0) this.#measure()
  }

  /** The next whole message, or null when more bytes are needed. */
  next(): Buffer | null {
    if (this.#wanted === 0 || this.#held < this.#wanted) return null
    const all = this.#joined()
    const frame = all.subarray(this.#at, this.#at + this.#wanted)
    this.#held -= this.#wanted
    this.#at += this.#wanted
    this.#wanted = 0
    if (this.#held === 0) this.#chunks = []
    else this.#measure()
    return frame
  }

  #start(chunk: Buffer): void {
    this.#chunks = [chunk]
    this.#at = 0
  }

  /** All that is held, in one piece. */
  #joined(): Buffer {
    const [first, second] = this.#chunks
    if (first !== undefined && second === undefined) return first
    const all = Buffer.concat([first?.subarray(this.#at) ?? Buffer.alloc(0), ...this.#chunks.slice(1)])
    this.#start(all)
    return all
  }

  #measure(): void {
    if (this.#held === 0) return
    const [first] = this.#chunks
    const head = first && first.length - this.#at >= 10 ? first : this.#joined()
    if (head[this.#at] !== 0x30) throw new MalformedError('a message starts with a sequence')
    if (this.#held < 2) return
    const length = head[this.#at + 1] ?? 0
    this.#wanted = length < 0x80 ? 2 + length : this.#longer(head, length & 0x7f)
  }

  /** How long a message is whose length takes `count` bytes of its own; 0 while they have not all come. */
  #longer(head: Buffer, count: number): number {
    if (count === 0 || count > 8) throw new MalformedError('a length that is not taken')
    let length = 0
    for (let n = 0; n < count; n++) {
      const byte = head[this.#at + 2 + n]
      if (byte === undefined) return 0
      length = length * 256 + byte
      if (length > this.#largest) throw new MalformedError('a message that is too long')
    }
    return 2 + count + length
  }
}
