/** What bytes that stand for one of a few words (attribute descriptions, RFC 4512 §2.5) mean: looked up without making a text of them, which costs more than
 *  all the rest where twenty attributes of an entry are passed over for one that is wanted. Words are compared byte by
 *  byte; what is seldom seen, or shares its number with another word, is read anew each time. */
export class Spellings<Meaning> {
  readonly #read: (text: string) => Meaning
  readonly #known = new Map<number, { readonly bytes: Buffer; readonly meaning: Meaning }>()

  /** @param read what a word means; asked once for most */
  constructor(read: (text: string) => Meaning) {
    this.#read = read
  }

  /** The meaning of `bytes[from…to)`, a word of ASCII. */
  at(bytes: Buffer, from: number, to: number): Meaning {
    let number = to - from
    for (let at = from; at < to; at++) number = (Math.imul(number, 31) + (bytes[at] ?? 0)) | 0
    const known = this.#known.get(number)
    if (known && same(known.bytes, bytes, from, to)) return known.meaning
    const meaning = this.#read(bytes.toString('latin1', from, to))
    if (!known && this.#known.size < most) {
      this.#known.set(number, { bytes: Buffer.from(bytes.subarray(from, to)), meaning })
    }
    return meaning
  }
}

/** A schema has hundreds of attributes; options make more of them, and could make any number. */
const most = 4_096

function same(word: Buffer, bytes: Buffer, from: number, to: number): boolean {
  if (word.length !== to - from) return false
  for (let at = 0; at < word.length; at++) if (word[at] !== bytes[from + at]) return false
  return true
}
