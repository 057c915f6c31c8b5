import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import type { Directory } from '../../ldap-server/create.ts'
import { makeDirectory, people, suffix, university, writer } from './running.ts'
import { Wire, searchFor } from './wire.ts'

/** What was acknowledged last of one entry. */
interface State {
  last: 'there' | 'moved' | 'gone'
  sn: string
}

/** After how many acknowledgements each life ends, drawn from a seed. */
export function drawnLines(seed: number, deaths: number): number[] {
  return fc.sample(fc.integer({ min: 1, max: 600 }), { numRuns: deaths, seed })
}

/** Lets a process write into a directory and kills it after so many acknowledgements, again and again in one folder;
 *  opens the folder each time, and looks whether everything that was acknowledged is there. */
export async function killWhileWriting(
  folder: string,
  lives: readonly number[],
): Promise<{ broken: string[]; acknowledged: number }> {
  const broken: string[] = []
  let acknowledged = 0
  const first = makeDirectory({ folder })
  await first.open()
  await first.seed(university)
  await first.close()
  for (const lines of lives) {
    const { states, count } = await writeUntilKilled(folder, lines)
    acknowledged += count
    const directory = makeDirectory({ folder })
    await directory.open()
    const held = await surnames(directory)
    for (const [number, state] of states) {
      const why = contradiction(state, number, held)
      if (why !== null) {
        const lies = [`uid=${number},${people}`, `uid=9${number},${people}`].map(
          (name) => held.get(name) ?? 'none',
        )
        broken.push(`after ${lines} acknowledgements: ${number} ${why}: ${lies.join(', ')}`)
      }
    }
    await empty(directory, held)
    await directory.close()
  }
  return { broken, acknowledged }
}

/** What came after the last acknowledgement may or may not have been done. */
function contradiction(state: State, number: string, held: ReadonlyMap<string, string>): string | null {
  const [entry, moved] = [held.get(`uid=${number},${people}`), held.get(`uid=9${number},${people}`)]
  const next = `S${number}`
  switch (state.last) {
    case 'gone':
      return entry === undefined && moved === undefined ? null : 'was deleted and is there'
    case 'moved':
      return entry === undefined && moved === next ? null : 'was renamed and is not'
    case 'there': {
      if (state.sn === 'Person')
        return entry === 'Person' || entry === next ? null : 'was added and is not there'
      // The child leaves every third one as it is; of the others a delete or a rename may have followed.
      if (Number(number) % 3 === 2) return entry === next ? null : 'was changed and is not'
      return [entry, moved].every((surname) => surname === undefined || surname === next)
        ? null
        : 'was changed and is not'
    }
  }
}

async function surnames(directory: Directory): Promise<Map<string, string>> {
  const { port } = await directory.listen({ host: '127.0.0.1', port: 0 })
  const wire = await Wire.open(port)
  await wire.bind(writer, 'demo')
  const answers = await wire.answers(
    wire.send(searchFor(suffix, '(sn=*)', 'subtree', { attributes: ['sn'] })),
  )
  wire.close()
  return new Map(
    answers.flatMap(({ operation }): [string, string][] =>
      operation.kind === 'entry' ? [[operation.dn, String(operation.attributes[0]?.values[0])]] : [],
    ),
  )
}

/** Takes away what the child wrote, for the next one. */
async function empty(directory: Directory, held: ReadonlyMap<string, string>): Promise<void> {
  const { port } = await directory.listen({ host: '127.0.0.1', port: 0 })
  const wire = await Wire.open(port)
  await wire.bind(writer, 'demo')
  for (const dn of held.keys()) if (!dn.startsWith('uid=211000')) await wire.code({ kind: 'delete', dn })
  wire.close()
}

/** Runs the writing child until it has acknowledged `lines` changes, then kills it.
 *  @returns what was last acknowledged for each number */
function writeUntilKilled(
  into: string,
  lines: number,
): Promise<{ states: Map<string, State>; count: number }> {
  const script = fileURLToPath(new URL('./writing-child.ts', import.meta.url))
  const told = join(into, 'acknowledged')
  const child = spawn(process.execPath, [script, into, told], { stdio: ['ignore', 'pipe', 'inherit'] })
  let seen = 0
  child.stdout.on('data', (chunk: Buffer) => {
    seen += chunk.length
    if (seen >= lines) child.kill('SIGKILL')
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (_code, signal) => {
      if (signal !== 'SIGKILL') reject(new Error('the writing child ended by itself'))
      else void readFile(told, 'utf8').then((text) => resolve(statesOf(text)), reject)
    })
  })
}

function statesOf(text: string): { states: Map<string, State>; count: number } {
  const states = new Map<string, State>()
  const whole = text.split('\n').slice(0, -1)
  for (const line of whole) {
    const [last = '', number = '', sn = ''] = line.split(' ')
    states.set(number, { last: last as State['last'], sn })
  }
  return { states, count: whole.length }
}
