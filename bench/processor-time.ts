import { readdir, readFile } from 'node:fs/promises'

/** Milliseconds of processor time by program: that of every process which this one has started and which still runs, with
 *  all that those have started in turn. On a machine that others use too it says more than the clock. Linux only. */
export async function processorTime(): Promise<ReadonlyMap<string, number>> {
  const all = await processes()
  const rootOf = (pid: number): Process | null => {
    const one = all.get(pid)
    if (one === undefined || one.parent === 0) return null
    return one.parent === process.pid ? one : rootOf(one.parent)
  }
  const spent = new Map<string, number>()
  for (const { pid, ms } of all.values()) {
    const root = rootOf(pid)
    if (root !== null) spent.set(root.program, (spent.get(root.program) ?? 0) + ms)
  }
  return spent
}

/** What was spent between two readings, by program, in whole milliseconds. */
export function spentBetween(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): Record<string, number> {
  return Object.fromEntries(
    [...after].map(([program, ms]) => [program, Math.round(ms - (before.get(program) ?? 0))]),
  )
}

interface Process {
  readonly pid: number
  readonly parent: number
  readonly program: string
  /** Its own, and that of its children which have ended. */
  readonly ms: number
}

/** Hundredths of a second, as the kernel counts for whoever reads /proc. */
const msPerTick = 10

async function processes(): Promise<Map<number, Process>> {
  const names = (await readdir('/proc')).filter((name) => /^[0-9]+$/.test(name))
  const found = await Promise.all(names.map((name) => processOf(Number(name))))
  return new Map(found.flatMap((one) => (one === null ? [] : [[one.pid, one] as const])))
}

async function processOf(pid: number): Promise<Process | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
  if (stat === null) return null
  const [, program = '', rest = ''] = /^\d+ \((.*)\) (.*)$/s.exec(stat) ?? []
  const fields = rest.split(' ').map(Number)
  // Counted from the state, which is the third field of proc(5): parent 4; utime, stime, cutime, cstime 14 to 17.
  const ms = fields.slice(11, 15).reduce((sum, ticks) => sum + ticks, 0) * msPerTick
  return { pid, parent: fields[1] ?? 0, program, ms }
}
