import { lockHome } from '../../platform/lock.ts'

/** Holds the home named by its argument until it is killed, or until its standard input ends. */
const [, , home = ''] = process.argv
try {
  const lock = lockHome(home)
  lock.record({ socket: '/run/holder' })
  process.stdout.write('held\n')
  process.stdin.resume().on('end', () => lock[Symbol.dispose]())
} catch (error) {
  process.stdout.write(`${(error as { code: string }).code} ${(error as Error).message}\n`)
}
