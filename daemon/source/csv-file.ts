import { createHash } from 'node:crypto'
import { open, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { finished } from 'node:stream/promises'
import { CsvError, parse, type Parser } from 'csv-parse'
import { IdentityError } from '../../platform/error.ts'
import { positionsOf, type FileColumns, type Positions } from './columns.ts'
import { textDecoder } from './encoding.ts'
import type { FeedEncoding, ManifestFile } from './manifest.ts'

export interface CsvFile {
  readonly path: string
  readonly encoding: FeedEncoding
  readonly columns: FileColumns
  /** What the manifest says of it. */
  readonly expected: ManifestFile
  /** Bytes in the file, and in one line. */
  readonly maxFileBytes: number
  readonly maxLineBytes: number
}

/** A data row and where it stands; null cells when it has not as many columns as the header.
 *  `line` works out the line where the row starts, 1 being the header. */
export type OnRow = (row: readonly string[] | null, positions: Positions, line: () => number) => void

/** Reads a file once, hashing and parsing the same bytes, and gives each row to `onRow` in order.
 *  Nothing given may be trusted before this resolves: the digest is known only at the end.
 *  Throws `FEED_MISSING`, `FEED_MISMATCH`, `FEED_ENCODING`, `FEED_HEADER`, `FEED_EMPTY`. */
export async function readCsv(file: CsvFile, onRow: OnRow, signal?: AbortSignal): Promise<void> {
  const name = basename(file.path)
  const hash = createHash('sha256')
  const rows = rowReader(file, name, onRow)
  let bytes = 0
  for await (const chunk of chunksOf(file.path, signal)) {
    bytes += chunk.length
    if (bytes > file.maxFileBytes) {
      throw new IdentityError(
        'FEED_MISMATCH',
        `${name} is larger than the ${file.maxFileBytes} bytes allowed`,
        {
          details: { file: name, maxFileBytes: file.maxFileBytes },
        },
      )
    }
    hash.update(chunk)
    await rows.write(chunk)
  }
  const count = await rows.end()
  // A wrong digest explains every other fault, so it is said first: what was read is not what was sent.
  if (hash.digest('hex') !== file.expected.sha256) {
    throw new IdentityError(
      'FEED_MISMATCH',
      `${name} (${bytes} bytes) does not have the SHA-256 of its manifest`,
      {
        transient: true,
        details: { file: name, bytes },
      },
    )
  }
  if (count instanceof IdentityError) throw count
  if (count !== file.expected.rows) {
    throw new IdentityError(
      'FEED_MISMATCH',
      `${name} has ${count} rows, its manifest says ${file.expected.rows}`,
      {
        details: { file: name, rows: count, expected: file.expected.rows },
      },
    )
  }
}

const chunkBytes = 128 * 1024

async function* chunksOf(path: string, signal?: AbortSignal): AsyncGenerator<Buffer> {
  try {
    signal?.throwIfAborted()
    // A pipe would wait for a writer for ever.
    if (!(await stat(path)).isFile()) throw new Error('not a regular file')
    await using handle = await open(path)
    for (;;) {
      signal?.throwIfAborted()
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes)
      if (bytesRead === 0) return
      yield buffer.subarray(0, bytesRead)
    }
  } catch (cause) {
    if (signal?.aborted) throw cause
    throw new IdentityError('FEED_MISSING', `${path} cannot be read`, { cause, transient: true })
  }
}

interface RowReader {
  write(chunk: Buffer): Promise<void>
  /** The number of data rows, or the first fault. */
  end(): Promise<number | IdentityError>
}

function rowReader(file: CsvFile, name: string, onRow: OnRow): RowReader {
  const decode = textDecoder(file.encoding)
  let fault: IdentityError | null = null
  let positions: Positions | null = null
  let width = 0
  let count = 0

  const parser: Parser = parse({
    delimiter: ';',
    record_delimiter: ['\r\n', '\n'],
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: file.maxLineBytes,
    on_record: (record: readonly string[], { lines }) => {
      if (positions === null) {
        positions = headerOf(record, file.columns, name)
        width = record.length
      } else {
        count++
        onRow(record.length === width ? record : null, positions, () => lines - breaksIn(record))
      }
      return null // Nothing is kept in the stream.
    },
  })
  parser.on('error', (error) => (fault ??= faultOf(error, name, file.maxLineBytes)))
  parser.resume()

  const feed = async (chunk?: Buffer): Promise<void> => {
    if (fault !== null) return
    const text = decode(chunk)
    if (text === null) {
      fault = new IdentityError(
        'FEED_ENCODING',
        `${name} holds bytes that are not text in ${file.encoding}`,
        {
          details: { file: name, encoding: file.encoding },
        },
      )
      parser.destroy()
    } else if (text !== '') {
      await new Promise<void>((resolve) => void parser.write(text, () => resolve()))
    }
  }

  return {
    write: feed,
    async end() {
      await feed()
      if (fault === null) {
        parser.end()
        await finished(parser).catch((error: unknown) => (fault ??= faultOf(error, name, file.maxLineBytes)))
      }
      if (fault !== null) return fault
      if (positions !== null) return count
      return new IdentityError('FEED_EMPTY', `${name} is empty: it has not even a header line`, {
        details: { file: name },
      })
    },
  }
}

function headerOf(header: readonly string[], columns: FileColumns, name: string): Positions {
  const { positions, missing, repeated } = positionsOf(header, columns)
  if (missing.length > 0) {
    throw new IdentityError('FEED_HEADER', `${name} lacks the columns ${missing.join(', ')}`, {
      details: { file: name, missing },
    })
  }
  if (repeated.length > 0) {
    throw new IdentityError('FEED_HEADER', `${name} has the columns ${repeated.join(', ')} more than once`, {
      details: { file: name, repeated },
    })
  }
  return positions
}

/** Line breaks inside the quoted cells of a row. */
function breaksIn(row: readonly string[]): number {
  return row.reduce((sum, cell) => sum + cell.split('\n').length - 1, 0)
}

function faultOf(error: unknown, name: string, maxLineBytes: number): IdentityError {
  if (error instanceof IdentityError) return error
  // The parser's message may quote a cell: its code says enough.
  const code = error instanceof CsvError ? error.code : 'unknown'
  return new IdentityError(
    'FEED_MISMATCH',
    `${name} is not made of lines of cells: a line is longer than ${maxLineBytes} bytes or a quote is never closed`,
    { details: { file: name, parser: code } },
  )
}
