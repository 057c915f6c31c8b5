import { createHash } from 'node:crypto'
import { mkdir, open, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Temporal } from 'temporal-polyfill'
import {
  enrolmentColumns,
  personColumns,
  type EnrolmentColumn,
  type PersonColumn,
} from '../daemon/source/columns.ts'
import {
  enrolmentsFile,
  manifestFile,
  peopleFile,
  type FeedEncoding,
  type ManifestFile,
} from '../daemon/source/manifest.ts'
import type { Enrolment, Person, StudentRecord } from '../domain/person.ts'
import { encoderOf, type Encoder } from './generate-encoding.ts'

export interface DropFacts {
  /** The number of the snapshot. */
  readonly snapshot: number
  readonly takenAt: Date
  readonly openYears: readonly string[]
  /** ISO-8859-15 unless said otherwise, as most exports are. */
  readonly encoding?: FeedEncoding
  /** `full` unless said otherwise. */
  readonly kind?: 'full' | 'delta'
}

/** Writes records as a drop (contracts: the Apogée feed) into a folder, made if need be. Each file appears whole
 *  or not at all, the manifest last. What the encoding does not have is written as near as it can be.
 *  Instants are written to the second, in Paris time: one in the hour repeated in October comes back as the
 *  first of its two. */
export async function writeDrop(
  folder: string,
  records: readonly StudentRecord[],
  facts: DropFacts,
): Promise<void> {
  const { snapshot, takenAt, openYears, encoding = 'ISO-8859-15', kind = 'full' } = facts
  const encoder = encoderOf(encoding)
  await mkdir(folder, { recursive: true })
  const people = columnNames(personColumns)
  const enrolments = columnNames(enrolmentColumns)
  const files: Record<string, ManifestFile> = {
    [peopleFile]: await writeCsv(join(folder, peopleFile), encoder, people, personRows(records, people)),
    [enrolmentsFile]: await writeCsv(
      join(folder, enrolmentsFile),
      encoder,
      enrolments,
      enrolmentRows(records, enrolments),
    ),
  }
  const manifest = { snapshot, taken_at: takenAt.toISOString(), kind, encoding, open_years: openYears, files }
  const path = join(folder, manifestFile)
  await writeFile(`${path}.part`, `${JSON.stringify(manifest, null, 2)}\n`)
  await rename(`${path}.part`, path)
}

type Row = readonly (string | null)[]

const columnNames = <Name>({
  required,
  optional,
}: {
  required: readonly Name[]
  optional: readonly Name[]
}): Name[] => [...required, ...optional]

function* personRows(records: readonly StudentRecord[], columns: readonly PersonColumn[]): Generator<Row> {
  for (const { person } of records) yield columns.map((column) => personCells[column](person))
}

function* enrolmentRows(
  records: readonly StudentRecord[],
  columns: readonly EnrolmentColumn[],
): Generator<Row> {
  for (const { enrolments } of records) {
    for (const enrolment of enrolments) yield columns.map((column) => enrolmentCells[column](enrolment))
  }
}

const personCells: Readonly<Record<PersonColumn, (person: Person) => string | null>> = {
  COD_ETU: (person) => person.number,
  COD_NNE_IND: (person) => person.ine?.slice(0, -1) ?? null,
  COD_CLE_NNE_IND: (person) => person.ine?.slice(-1) ?? null,
  LIB_NOM_PAT_IND: (person) => person.birthName,
  LIB_NOM_USU_IND: (person) => person.usageName,
  LIB_PR1_IND: (person) => person.firstName,
  LIB_PR2_IND: (person) => person.secondName,
  DATE_NAI_IND: (person) => person.birthDate && day(person.birthDate),
  COD_SEX_ETU: (person) => person.sex,
  DAA_ETB: (person) => person.firstYear,
  ADR_MAIL: (person) => person.fixedAddress,
  ADR_MAIL_ANNUELLE: (person) => person.annualAddress,
  COD_CIV: (person) => person.civility,
  NUM_TEL_PORT: (person) => person.mobile,
  PRENOM_USAGE: (person) => person.chosenFirstName,
}

const enrolmentCells: Readonly<Record<EnrolmentColumn, (enrolment: Enrolment) => string | null>> = {
  COD_ETU: (enrolment) => enrolment.number,
  COD_ANU: (enrolment) => enrolment.year,
  COD_ETP: (enrolment) => enrolment.step,
  COD_VRS_VET: (enrolment) => enrolment.stepVersion,
  NUM_OCC_IAE: (enrolment) => enrolment.occurrence,
  COD_DIP: (enrolment) => enrolment.diploma,
  COD_CMP: (enrolment) => enrolment.component,
  LIB_CMP: (enrolment) => enrolment.componentLabel,
  ETA_IAE: (enrolment) => enrolment.state,
  ETA_PMT_IAE: (enrolment) => enrolment.payment,
  TEM_IAE_PRM: (enrolment) => (enrolment.main ? 'O' : 'N'),
  DAT_CRE_IAE: (enrolment) => enrolment.createdAt && dateTime(enrolment.createdAt),
  DAT_MOD_IAE: (enrolment) => enrolment.modifiedAt && dateTime(enrolment.modifiedAt),
  DAT_ANNUL_RES_IAE: (enrolment) => enrolment.cancelledAt && dateTime(enrolment.cancelledAt),
  COD_RGI: (enrolment) => enrolment.regime,
  COD_SDS: (enrolment) => enrolment.sector,
  COD_TPD_ETB: (enrolment) => enrolment.diplomaType,
  COD_CUR: (enrolment) => enrolment.cursus,
}

const rowsAtOnce = 1000

async function writeCsv(
  path: string,
  encoder: Encoder,
  header: Row,
  rows: Iterable<Row>,
): Promise<ManifestFile> {
  const hash = createHash('sha256')
  let count = 0
  {
    await using handle = await open(`${path}.part`, 'w')
    const put = async (lines: readonly string[]): Promise<void> => {
      const bytes = encoder.bytes(lines.join(''))
      hash.update(bytes)
      await handle.writeFile(bytes)
    }
    let lines = [line(header, encoder)]
    for (const row of rows) {
      count++
      lines.push(line(row, encoder))
      if (lines.length < rowsAtOnce) continue
      await put(lines)
      lines = []
    }
    await put(lines)
  }
  await rename(`${path}.part`, path)
  return { rows: count, sha256: hash.digest('hex') }
}

function line(row: Row, encoder: Encoder): string {
  return `${row.map((cell) => quoted(encoder.representable(cell ?? ''))).join(';')}\r\n`
}

function quoted(cell: string): string {
  return /[";\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
}

function day(iso: string): string {
  return `${iso.slice(8, 10)}/${iso.slice(5, 7)}/${iso.slice(0, 4)}`
}

const hour = 3600 * 1000
const offsets = new Map<number, number>()
const maxOffsets = 100_000

function dateTime(instant: string): string {
  const at = Date.parse(instant)
  const local = new Date(at + offsetAt(at)).toISOString()
  return `${day(local)} ${local.slice(11, 19)}`
}

/** Milliseconds by which Paris is ahead of UTC. Clocks change at full hours, so one answer serves an hour. */
function offsetAt(at: number): number {
  const start = Math.floor(at / hour) * hour
  let offset = offsets.get(start)
  if (offset === undefined) {
    offset =
      Temporal.Instant.fromEpochMilliseconds(start).toZonedDateTimeISO('Europe/Paris').offsetNanoseconds / 1e6
    if (offsets.size >= maxOffsets) offsets.clear()
    offsets.set(start, offset)
  }
  return offset
}
