/** Texts written together. */
const together = 100

/** Short texts without line breaks, kept outside the heap of JavaScript: millions of strings in it would make the
 *  collector let as much garbage again stand beside them. */
export class KeptTexts {
  readonly #written: Buffer[] = []
  #open: string[] = []
  #count = 0

  get count(): number {
    return this.#count
  }

  add(text: string): void {
    this.#open.push(text)
    this.#count += 1
    if (this.#open.length < together) return
    this.#written.push(Buffer.from(this.#open.join('\n')))
    this.#open = []
  }

  *[Symbol.iterator](): Iterator<string> {
    for (const texts of this.#written) yield* texts.toString().split('\n')
    yield* this.#open
  }
}
