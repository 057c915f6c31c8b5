import type { StudentRecord } from './person.ts'

/** A row of the feed that could not be taken as a fact, with the reason and where it stood. */
export interface SetAside {
  /** `individus.csv` or `inscriptions.csv`. */
  readonly file: string
  /** Line in the file, 1 being the header. */
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
] as const
export type SetAsideReason = (typeof setAsideReasons)[number]

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
  /** By student number. */
  readonly students: ReadonlyMap<string, StudentRecord>
  readonly setAside: readonly SetAside[]
  /** Data rows read, both files, those set aside included. */
  readonly rows: number
}
