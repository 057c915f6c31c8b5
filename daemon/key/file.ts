import { readFile, stat } from 'node:fs/promises'
import { parse } from 'csv-parse/sync'
import { keysIn, type KeyFault, type SuppliedKey } from '../../domain/supplied-key.ts'
import { IdentityError } from '../../platform/error.ts'
import type { ActivationKeySource } from './source.ts'

/** A line for each student at most; a million of them are 25 MB. */
const mostBytes = 256 * 1024 * 1024

/** A file `COD_ETU;CLE` beside the drop, read again when it has changed. It is to be replaced by renaming, as any file that
 *  somebody reads. */
export function keysOfFile(path: string, shortest: number): ActivationKeySource {
  let last: { readonly mark: string; readonly keys: ReadonlyMap<string, SuppliedKey | KeyFault> } | null =
    null
  return {
    async keys() {
      const mark = await markOf(path)
      if (last?.mark === mark) return last.keys
      const keys = keysIn(rowsIn(await textOf(path)), shortest)
      last = { mark, keys }
      return keys
    },
  }
}

async function markOf(path: string): Promise<string> {
  try {
    const { ino, size, mtimeMs } = await stat(path)
    if (size > mostBytes) throw new Error('too large')
    return [ino, size, mtimeMs].join()
  } catch (cause) {
    throw unreadable('cannot be opened, or is too large', cause)
  }
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw unreadable('cannot be read', cause)
  }
}

function rowsIn(text: string): { number: string; key: string }[] {
  let rows: string[][]
  try {
    rows = parse(text, {
      delimiter: ';',
      bom: true,
      trim: true,
      skip_empty_lines: true,
      relax_column_count: true,
    })
  } catch (cause) {
    throw unreadable('is not a file of values between semicolons', cause)
  }
  const [header = [], ...lines] = rows
  const [number, key] = [header.indexOf('COD_ETU'), header.indexOf('CLE')]
  if (number === -1 || key === -1) throw unreadable('must have the columns COD_ETU and CLE')
  return lines.map((line) => ({ number: line[number] ?? '', key: line[key] ?? '' }))
}

function unreadable(sentence: string, cause?: unknown): IdentityError {
  return new IdentityError('KEYS_UNREADABLE', `keys.source_path: the file ${sentence}`, { cause })
}
