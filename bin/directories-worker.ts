import { mkdir } from 'node:fs/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { houseRules } from '../ldap-server/access-house.ts'
import type { Directory } from '../ldap-server/create.ts'
import { systemChance } from '../platform/chance.ts'
import { systemClock } from '../platform/clock.ts'
import { createVerifiers } from '../platform/verifier.ts'
import { createDirectory } from './directory.ts'
import type { DirectoryMessage, DirectoryOrder } from './directory-order.ts'
import { firstEntries } from './first-entries.ts'

const port = parentPort
if (port === null) throw new Error('the directories run in a worker thread')
const order = workerData as DirectoryOrder
const tell = (message: DirectoryMessage) => port.postMessage(message)

const verifiers = createVerifiers({
  schemes: ['ssha512'],
  chance: systemChance,
  argon2: { memory_kib: 19_456, passes: 2, lanes: 1 },
})
const running: Directory[] = []
const ports: [string, number][] = []
let current = ''
try {
  for (const { name, base, suffix, folder, host, port: wanted } of order.directories) {
    current = name
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const directory = await createDirectory({ suffix, folder, access: houseRules(suffix, base), count })
    running.push(directory)
    await directory.open()
    await directory.seed(await firstEntries(base, order.passwords, verifiers))
    const { port: taken } = await directory.listen({ host, port: wanted })
    ports.push([name, taken])
  }
  tell({ kind: 'listening', ports })
} catch (error) {
  const { message, code = null } = error as Error & { code?: string }
  tell({ kind: 'failed', name: current, reason: message, code })
}

const counts = new Map<string, { operation: string; result: string; count: number }>()
function count(operation: string, resultCode: number): void {
  const key = `${operation} ${resultCode}`
  const row = counts.get(key) ?? { operation, result: String(resultCode), count: 0 }
  row.count++
  counts.set(key, row)
}
function tellCounts(): void {
  if (counts.size > 0) tell({ kind: 'counts', counts: [...counts.values()] })
  counts.clear()
}
const telling = new AbortController()
void (async () => {
  while (!telling.signal.aborted) {
    await systemClock.sleep(1_000, telling.signal)
    tellCounts()
  }
})()

port.once('message', () => {
  telling.abort()
  void Promise.all(running.map((directory) => directory.close())).finally(() => port.close())
})
