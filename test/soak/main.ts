import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { packageRoot } from '../../platform/root.ts'
import type { StageKind } from '../crash/scene.ts'
import { kinds, type Found } from './kinds.ts'
import { nextSeed, record } from './record.ts'

const file = join(packageRoot, 'docs', 'reliability.jsonl')
const usage = `npm run soak -- NAME --minutes N [--seed S] [--runs R] [--stage embedded|servers] [--size N]
NAME is one of ${Object.keys(kinds).join(', ')}. Ends by itself; Ctrl-C ends it after the present run. Without --seed it
goes on after the last seed recorded of its kind. --size is of
a roll-over alone: 20000 students unless told otherwise, 200 at least. Appends one line to docs/reliability.jsonl.
`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: 'string' },
    seed: { type: 'string' },
    runs: { type: 'string', default: 'Infinity' },
    stage: { type: 'string', default: 'embedded' },
    size: { type: 'string', default: '20000' },
  },
})
const [name = ''] = positionals
const run = kinds[name]
const minutes = Number(values.minutes)
const size = Number(values.size)
if (
  run === undefined ||
  !(minutes > 0) ||
  !(size >= 200) ||
  !['embedded', 'servers'].includes(values.stage)
) {
  process.stderr.write(usage)
  process.exit(2)
}

const stage = values.stage as StageKind
const kind = name === 'roll-over' ? `${name} of ${size}` : stage === 'embedded' ? name : `${name} ${stage}`
const first = values.seed === undefined ? await nextSeed(file, kind) : Number(values.seed)
const began = performance.now()
const passed = () => (performance.now() - began) / 60_000
const stopping = new AbortController()
const stopped = () => stopping.signal.aborted
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort())

let runs = 0
let broken = 0
let told = -Infinity
while (!stopped() && passed() < minutes && runs < Number(values.runs)) {
  const seed = first + runs
  const { broken: found, note } = await run(String(seed), stage, size).catch(asBroken)
  // A run that was cut off in the middle shows nothing.
  if (stopped() && found.length > 0) break
  runs += 1
  if (found.length > 0) {
    broken += 1
    const details = found.map(({ invariant, detail }) => `  ${invariant}: ${detail}\n`).join('')
    const again = `npm run soak -- ${name} --stage ${stage} --minutes 5 --runs 1 --seed ${seed} --size ${size}`
    say(`broken: ${again} (${note})\n${details}`)
  }
  const time = `${passed().toFixed(1)} of ${minutes} min`
  progress(`${kind}: ${runs} runs, ${broken} broken, ${time}; seed ${seed}: ${note}`)
}
if (runs > 0) {
  const line = {
    kind,
    seeds: [first, first + runs - 1] as const,
    runs,
    broken,
    minutes: Number(passed().toFixed(1)),
  }
  await record(file, line)
  say(`${JSON.stringify(line)}\n`)
}
process.exitCode = broken > 0 ? 1 : 0

function asBroken(error: unknown): Found {
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return { broken: [{ invariant: 'the story', detail }], note: '' }
}

function say(text: string): void {
  process.stdout.write(process.stdout.isTTY ? `\r\x1b[K${text}` : text)
}

/** One line that is written again on a terminal, and a line now and then elsewhere. */
function progress(line: string): void {
  if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K${line.slice(0, process.stdout.columns - 1)}`)
  else if (passed() - told >= 1) {
    told = passed()
    process.stdout.write(`${line}\n`)
  }
}
