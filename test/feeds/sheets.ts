import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeDrop } from '../../demo/generate-drop.ts'
import { encoderOf } from '../../demo/generate-encoding.ts'
import type { FeedEncoding } from '../../daemon/source/manifest.ts'
import type { StudentRecord } from '../../domain/person.ts'

/** A file of a feed, cell by cell. */
export interface Sheet {
  header: string[]
  rows: string[][]
}

/** A feed as somebody exports it, before it is written: everything can be spoilt. */
export interface Sheets {
  people: Sheet
  enrolments: Sheet
  /** What the manifest says; files and digests are filled in when it is written. */
  manifest: { snapshot: number; taken_at: string; kind: string; encoding: string; open_years: string[] }
  /** How the bytes are really encoded. */
  written: FeedEncoding
  separator: string
  lineEnd: string
  quotes: 'needed' | 'all' | 'none'
  mark: boolean
}

/** The names of the files, in the order of the sheets. */
export const files = { people: 'individus.csv', enrolments: 'inscriptions.csv' } as const

/** The sheets of some records, by way of the generator's own files. */
export async function sheetsOf(
  folder: string,
  records: readonly StudentRecord[],
  { snapshot, takenAt }: { snapshot: number; takenAt: Date },
): Promise<Sheets> {
  await writeDrop(folder, records, { snapshot, takenAt, openYears: ['2026'], encoding: 'UTF-8' })
  const read = async (name: string): Promise<Sheet> => {
    const [header = [], ...rows] = cellsOf(await readFile(join(folder, name), 'utf8'))
    return { header, rows }
  }
  return {
    people: await read(files.people),
    enrolments: await read(files.enrolments),
    manifest: {
      snapshot,
      taken_at: takenAt.toISOString(),
      kind: 'full',
      encoding: 'ISO-8859-15',
      open_years: ['2026'],
    },
    written: 'ISO-8859-15',
    separator: ';',
    lineEnd: '\r\n',
    quotes: 'needed',
    mark: false,
  }
}

/** The bytes of a sheet, as these sheets are written. */
export function bytesOf(
  { header, rows }: Sheet,
  { written, separator, lineEnd, quotes, mark }: Sheets,
): Buffer {
  const encoder = encoderOf(written)
  const cell = (text: string) => {
    const asked = quotes === 'all' || (quotes === 'needed' && /[";\r\n]|^\s|\s$/.test(text))
    return asked ? `"${text.replaceAll('"', '""')}"` : text
  }
  const text = [header, ...rows].map((row) => row.map(cell).join(separator) + lineEnd).join('')
  const bytes = encoder.bytes(encoder.representable(text))
  return mark ? Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes]) : bytes
}

/** Writes the files, and a manifest that tells them as they are, as an exporter does that does not know better. */
export async function writeSheets(
  folder: string,
  sheets: Sheets,
  bytes: { people: Buffer; enrolments: Buffer },
): Promise<void> {
  await mkdir(folder, { recursive: true })
  const told: Record<string, { rows: number; sha256: string }> = {}
  for (const which of ['people', 'enrolments'] as const) {
    await writeFile(join(folder, files[which]), bytes[which])
    told[files[which]] = {
      rows: sheets[which].rows.length,
      sha256: createHash('sha256').update(bytes[which]).digest('hex'),
    }
  }
  await writeFile(join(folder, 'manifest.json'), JSON.stringify({ ...sheets.manifest, files: told }))
}

/** Cells by the rules of CSV, read by nobody's library: what is looked for here is not to depend on what is tried. */
export function cellsOf(text: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  let cell = ''
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    const letter = text.charAt(at)
    if (quoted) {
      if (letter !== '"') cell += letter
      else if (text.charAt(at + 1) === '"') cell += text.charAt(at++)
      else quoted = false
    } else if (letter === '"' && cell === '') quoted = true
    else if (letter === ';') {
      row.push(cell)
      cell = ''
    } else if (letter === '\n') {
      rows.push([...row, cell.replace(/\r$/, '')])
      row = []
      cell = ''
    } else cell += letter
  }
  if (cell !== '' || row.length > 0) rows.push([...row, cell])
  return rows
}
