import { createInterface } from 'node:readline'
import { lockHome, type Lock } from '../../platform/lock.ts'

/** Tries for the home of its argument whenever it is told `try AT` (milliseconds of the wall clock, for which it waits
 *  awake), says whether it has it, and gives it back when told `release`. */
const home = process.argv[2] ?? ''
let lock: Lock | null = null
process.stdout.write('ready\n')
for await (const line of createInterface({ input: process.stdin })) {
  const [word, at] = line.split(' ')
  if (word === 'release') {
    lock?.[Symbol.dispose]()
    lock = null
    process.stdout.write('released\n')
    continue
  }
  while (Date.now() < Number(at));
  try {
    lock = lockHome(home)
    process.stdout.write('held\n')
  } catch (error) {
    process.stdout.write(`${(error as { code?: string }).code ?? 'failed'}\n`)
  }
}
