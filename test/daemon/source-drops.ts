import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { enrolmentColumns, personColumns } from '../../daemon/source/columns.ts'
import type { ErrorCode } from '../../platform/error.ts'
import { IdentityError } from '../../platform/error.ts'

/** A folder of its own that goes away with its scope. */
export async function temporaryFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'matricule-drop-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

export type Cells = Record<string, string>

const somebody: Cells = {
  COD_ETU: '21100042',
  COD_NNE_IND: '1234567890',
  COD_CLE_NNE_IND: 'A',
  LIB_NOM_PAT_IND: 'HOPPER',
  LIB_PR1_IND: 'GRACE',
  DATE_NAI_IND: '09/12/2006',
  COD_SEX_ETU: 'F',
  DAA_ETB: '2025',
  ADR_MAIL: 'grace@example.org',
}

const enrolled: Cells = {
  COD_ETU: '21100042',
  COD_ANU: '2025',
  COD_ETP: 'L1MATH',
  COD_VRS_VET: '251',
  NUM_OCC_IAE: '1',
  COD_DIP: 'LICMATH',
  COD_CMP: 'SCI',
  LIB_CMP: 'Sciences',
  ETA_IAE: 'E',
  ETA_PMT_IAE: 'P',
  TEM_IAE_PRM: 'O',
  DAT_CRE_IAE: '08/07/2025 10:11:12',
}

/** The text of individus.csv for these people, each as `somebody` but for the cells given. */
export function people(
  rows: readonly Cells[],
  columns: readonly string[] = personColumns.required,
  end = '\n',
): string {
  return csv(rows, somebody, columns, end)
}

/** The text of inscriptions.csv likewise. */
export function enrolments(
  rows: readonly Cells[],
  columns: readonly string[] = enrolmentColumns.required,
  end = '\n',
): string {
  return csv(rows, enrolled, columns, end)
}

function csv(rows: readonly Cells[], usual: Cells, columns: readonly string[], end: string): string {
  const lines = rows.map((row) => columns.map((name) => ({ ...usual, ...row })[name] ?? '').join(';'))
  return [columns.join(';'), ...lines, ''].join(end)
}

export interface RawDrop {
  readonly people?: string | Buffer
  readonly enrolments?: string | Buffer
  readonly manifest?: Record<string, unknown>
  /** What the manifest claims of the number of rows; counted from the lines if not given. */
  readonly rows?: readonly [number, number]
}

/** Writes a drop byte for byte, with a manifest that agrees with it unless told otherwise. */
export async function writeRaw(folder: string, drop: RawDrop = {}): Promise<void> {
  const files = [
    Buffer.from(drop.people ?? people([{}])),
    Buffer.from(drop.enrolments ?? enrolments([{}])),
  ] as const
  const facts = files.map((bytes, index) => ({
    rows: drop.rows?.[index] ?? Math.max(0, bytes.toString('latin1').split('\n').filter(Boolean).length - 1),
    sha256: createHash('sha256').update(bytes).digest('hex'),
  }))
  await writeFile(join(folder, 'individus.csv'), files[0])
  await writeFile(join(folder, 'inscriptions.csv'), files[1])
  const manifest = {
    snapshot: 42,
    taken_at: '2026-09-14T21:30:00+02:00',
    kind: 'full',
    encoding: 'UTF-8',
    open_years: ['2026'],
    files: { 'individus.csv': facts[0], 'inscriptions.csv': facts[1] },
    ...drop.manifest,
  }
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest))
}

/** The error a read was refused with; fails when it was not refused, or not by one of ours. */
export async function refusal(read: Promise<unknown>): Promise<IdentityError & { code: ErrorCode }> {
  const outcome = await read.then(
    () => 'accepted',
    (error: unknown) => error,
  )
  if (outcome instanceof IdentityError) return outcome
  throw new Error(`expected a refusal, got ${String(outcome)}`)
}
