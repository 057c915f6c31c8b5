import { appendFile, readFile } from 'node:fs/promises'

/** One line of docs/reliability.jsonl: what a long run has shown. */
export interface Line {
  /** The name of the run, and its stage where that is not the embedded one, or its size. */
  readonly kind: string
  /** The first and the last seed. */
  readonly seeds: readonly [number, number]
  readonly runs: number
  /** How many of the runs broke something. */
  readonly broken: number
  readonly minutes: number
}

/** The seed after the last one recorded of a kind; 1 when there is none. */
export async function nextSeed(file: string, kind: string): Promise<number> {
  const text = await readFile(file, 'utf8').catch(() => '')
  const lines = text.split('\n').filter((line) => line !== '')
  const seeds = lines.map((line) => JSON.parse(line) as Line).filter((line) => line.kind === kind)
  return Math.max(0, ...seeds.map(({ seeds: [, last] }) => last)) + 1
}

export async function record(file: string, line: Line): Promise<void> {
  await appendFile(file, `${JSON.stringify(line)}\n`)
}
