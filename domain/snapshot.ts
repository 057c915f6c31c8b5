import type { StudentRecord } from './person.ts'

/** A row of the feed that could not be taken as a fact, with the reason and where it stood. */
export interface SetAside {
  /** `individus.csv` or `inscriptions.csv`; of a database, the table. */
  readonly file: string
  /** Line in the file, 1 being the header; of a database, which of the rows read it was. */
  readonly line: number
  /** The student number when it could be read. */
  readonly number: string | null
  readonly reason: SetAsideReason
}

export const setAsideReasons = [
  'COLUMN_COUNT',
  'NUMBER_UNREADABLE',
  'DATE_UNREADABLE',
  'YEAR_UNREADABLE',
  'STATE_UNKNOWN',
  'STUDENT_UNKNOWN',
  'DUPLICATE',
  'VALUE_MISSING',
  // A record that the registrars have marked as a double of another one.
  'MARKED_DUPLICATE',
] as const
export type SetAsideReason = (typeof setAsideReasons)[number]

/** The records of a snapshot, one after the other: of a million students not all can be at hand at once. A Map by
 *  student number is one. */
export interface StudentRecords {
  readonly size: number
  /** The student numbers. */
  keys(): Iterable<string>
  /** The records, in the order of their numbers among `keys`. */
  values(): Iterable<StudentRecord>
}

/** What a source says at one moment. Immutable: read whole, checked whole. */
export interface Snapshot {
  /** Increases with every snapshot of a source. */
  readonly number: number
  readonly takenAt: Date
  readonly kind: 'full' | 'delta'
  /** Years the source has open for enrolment, `["2026"]`. */
  readonly openYears: readonly string[]
  /** Digest of the manifest, so that the same snapshot is known again. */
  readonly digest: string
  /** One for each student number. */
  readonly students: StudentRecords
  readonly setAside: readonly SetAside[]
  /** Data rows read, both files, those set aside included. */
  readonly rows: number
}
