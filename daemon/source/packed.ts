import type { StudentRecord } from '../../domain/person.ts'
import type { StudentRecords } from '../../domain/snapshot.ts'
import { KeptTexts } from './kept-texts.ts'

/** Records that are kept as short texts until they are asked for, so that everything can be checked before anything is
 *  taken: a million students are some 100 MB, where the same as objects are 2 GB. */
export class PackedRecords implements StudentRecords {
  readonly #numbers = new Set<string>()
  readonly #records = new KeptTexts()

  get size(): number {
    return this.#numbers.size
  }

  has(number: string): boolean {
    return this.#numbers.has(number)
  }

  /** Adds somebody whose number is not there yet. */
  add(record: StudentRecord): void {
    this.#numbers.add(record.person.number)
    this.#records.add(JSON.stringify(record))
  }

  keys(): Iterable<string> {
    return this.#numbers
  }

  *values(): Iterable<StudentRecord> {
    for (const text of this.#records) yield JSON.parse(text) as StudentRecord
  }
}
