import { spawn } from 'node:child_process'

/** One comparison, as `npm run bench -- NAME --json` prints it. Times are milliseconds; `ratio` above 1: ours is faster. */
export interface Cell {
  readonly case: string
  readonly ours: number
  readonly peer: number
  readonly peer_name: string
  readonly unit: string
  readonly ratio: number
  readonly p50_ms: number | null
  readonly p99_ms: number | null
  readonly rss_mb: number | null
}

export const middleOf = (values: readonly number[]): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0

/** A cell of times that were taken in turns: the middle one of each. */
export function cellOf(
  name: string,
  ours: readonly number[],
  peer: readonly number[],
  peerName: string,
): Cell {
  return {
    case: name,
    ours: middleOf(ours),
    peer: middleOf(peer),
    peer_name: peerName,
    unit: 'ms',
    ratio: rounded(middleOf(peer) / middleOf(ours)),
    p50_ms: null,
    p99_ms: null,
    rss_mb: null,
  }
}

export const rounded = (value: number): number => Math.round(value * 100) / 100

/** Prints the cells as a table on the terminal, and as one line of JSON last; the ratio is the lowest of those that
 *  count. */
export function report(name: string, cells: readonly (Cell & { readonly counts: boolean })[]): void {
  for (const { case: of, ours, peer, peer_name, unit, ratio, counts } of cells)
    process.stderr.write(
      `${of}: ${ours} ${unit}; ${peer_name}: ${peer} ${unit}; ratio ${ratio}${counts ? '' : ' (shown)'}\n`,
    )
  const counted = cells.filter(({ counts }) => counts).map(({ ratio }) => ratio)
  const shown = cells.map(({ counts: _, ...cell }) => cell)
  process.stdout.write(
    `${JSON.stringify({ name, cells: shown, ratio: counted.length > 0 ? Math.min(...counted) : null })}\n`,
  )
}

/** Runs a program to its end; what it printed. Throws unless it ended well. */
export function output(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<string> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], env })
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) =>
      code === 0
        ? resolve(Buffer.concat(chunks).toString())
        : reject(new Error(`${command} ended with ${code ?? '?'}`)),
    )
  })
}

/** Runs a program to its end, its output thrown away. */
export function ended(command: string, args: readonly string[]): Promise<void> {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`${command} ended with ${code ?? '?'}`)),
    )
  })
}
