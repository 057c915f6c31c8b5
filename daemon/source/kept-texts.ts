import { deflateRawSync, inflateRawSync } from 'node:zlib'

/** Texts pressed together. */
const together = 250

/** Short texts without line breaks, kept compressed outside the heap of JavaScript: millions of strings in it would make
 *  the collector let as much garbage again stand beside them. */
export class KeptTexts {
  readonly #pressed: Buffer[] = []
  #open: string[] = []
  #count = 0

  get count(): number {
    return this.#count
  }

  add(text: string): void {
    this.#open.push(text)
    this.#count += 1
    if (this.#open.length < together) return
    // In memory of its own: what zlib gives is a piece of 16 kB.
    this.#pressed.push(Buffer.from(deflateRawSync(this.#open.join('\n'), { level: 1 })))
    this.#open = []
  }

  *[Symbol.iterator](): Iterator<string> {
    for (const texts of this.#pressed) yield* inflateRawSync(texts).toString().split('\n')
    yield* this.#open
  }
}
