import { open, readFile } from 'node:fs/promises'
import { decodeRecord } from './record.ts'
import type { StoredChange } from './record.ts'

/** What is on the disk cannot be trusted, or was made by another version. */
export class StoreError extends Error {
  readonly code = 'DIRECTORY_STORE_BROKEN'
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StoreError'
  }
}

/** What every file of the store starts with. */
export const heading = Buffer.from('matricule directory 1\n')

/** Records read before others have their turn. */
const recordsInATurn = 2_000

/** A snapshot is whole or worthless; of the logs only the last may have a torn end. */
export type Role = 'snapshot' | 'log' | 'last'

/** Reads one file of the store, change by change. The torn end of the last log is moved to `….torn`: nothing
 *  in it was acknowledged.
 *  @returns the length of what is sound, and how many bytes were set aside. @throws StoreError */
export async function replay(
  path: string,
  apply: (change: StoredChange) => void,
  role: Role,
): Promise<{ length: number; torn: number }> {
  const bytes = await readFile(path)
  if (role === 'last' && bytes.length < heading.length) return cut(path, bytes, 0)
  if (!bytes.subarray(0, heading.length).equals(heading))
    throw new StoreError(`store: ${path} is of another kind`)
  let at = heading.length
  let count = 0
  let ended = false
  let read = 0
  while (at < bytes.length) {
    const record = decodeRecord(bytes, at)
    if (!record) break
    at = record.next
    // Others have their turn meanwhile: a process that is told to stop hears it.
    if (++read % recordsInATurn === 0) await new Promise((resolve) => setImmediate(resolve))
    apply(record.change)
    if (record.change.kind === 'end') ended = record.change.entries === count
    else count++
  }
  if (role === 'snapshot' && !ended) throw new StoreError(`store: ${path} is not whole`)
  if (at === bytes.length) return { length: at, torn: 0 }
  if (role !== 'last') throw new StoreError(`store: ${path} is damaged at byte ${at}`)
  return cut(path, bytes, at)
}

async function cut(
  path: string,
  bytes: Buffer<ArrayBuffer>,
  at: number,
): Promise<{ length: number; torn: number }> {
  const torn = await open(`${path}.torn`, 'w', 0o600)
  await torn.writeFile(bytes.subarray(at))
  await torn.sync()
  await torn.close()
  const file = await open(path, 'r+')
  await file.truncate(at)
  if (at === 0) await file.write(heading, 0, heading.length, 0)
  await file.sync()
  await file.close()
  return { length: Math.max(at, heading.length), torn: bytes.length - at }
}

/** Makes the names in a folder safe. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** The numbers of the files of one kind, in order. */
export function numbers(names: readonly string[], kind: string): number[] {
  return names
    .map((name) => new RegExp(`^${kind}-(\\d+)$`).exec(name)?.[1])
    .filter((digits) => digits !== undefined)
    .map(Number)
    .sort((a, b) => a - b)
}
