import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { StudentRecord } from '../../domain/person.ts'
import type { StudentRecords } from '../../domain/snapshot.ts'

/** Records in one block. */
const block = 500

/** Records that are kept compressed until they are asked for, so that everything can be checked before anything is taken:
 *  a million students are some 100 MB, where the same as objects are 2 GB. */
export class PackedRecords implements StudentRecords {
  readonly #numbers = new Set<string>()
  readonly #blocks: Buffer[] = []
  #open: StudentRecord[] = []

  get size(): number {
    return this.#numbers.size
  }

  has(number: string): boolean {
    return this.#numbers.has(number)
  }

  /** Adds somebody whose number is not there yet. */
  add(record: StudentRecord): void {
    this.#numbers.add(record.person.number)
    this.#open.push(record)
    if (this.#open.length < block) return
    this.#blocks.push(pack(this.#open))
    this.#open = []
  }

  keys(): Iterable<string> {
    return this.#numbers
  }

  *values(): Iterable<StudentRecord> {
    for (const packed of this.#blocks) {
      yield* unpack(packed) as StudentRecord[]
    }
    yield* this.#open
  }
}

/** In memory of its own: what zlib gives is a piece of 16 kB. */
function pack(values: unknown): Buffer {
  return Buffer.from(deflateRawSync(JSON.stringify(values), { level: 1 }))
}

/** What was packed. */
function unpack(packed: Buffer): unknown {
  return JSON.parse(inflateRawSync(packed).toString())
}
