import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { encodeRecord } from './record.ts'
import type { StoredChange } from './record.ts'
import { Refusal } from './refusal.ts'
import { StoreError, heading, numbers, replay, syncFolder } from './store-files.ts'
import type { Role } from './store-files.ts'

type Log = (level: 'info' | 'warn' | 'error', event: string, facts: Record<string, unknown>) => void

interface Pending {
  readonly record: Buffer
  readonly csn: string
  readonly move: boolean
  readonly undo: () => void
  readonly done: () => void
  readonly failed: (error: Error) => void
  /** Whether it became safe. */
  readonly settled: Promise<boolean>
}

const chunkBytes = 4_194_304

/** Keeps changes in a folder: `log-N` grows by checksummed records, `snapshot-N` holds what all logs before
 *  `log-N` amount to. A change is acknowledged only after `fdatasync`; changes that arrive while one is under
 *  way share the next (group commit). After a crash the torn end of the last log is set aside: nothing in it
 *  was acknowledged. With `folder` null nothing is kept. */
export class Store {
  readonly #folder: string | null
  readonly #logBytes: number
  readonly #log: Log
  #file: FileHandle | null = null
  #generation = 0
  #written = 0
  #snapshotBytes = 0
  #pending: Pending[] = []
  #flushing: Promise<void> | null = null
  #compacting: Promise<void> | null = null
  #broken = false
  #closing = false
  /** Of the last change that is safe, and of the last rename. */
  #csn = ''
  #moved = ''
  #entries: () => Iterable<{ dn: string; attributes: Buffer }> = () => []

  constructor(folder: string | null, logBytes: number, log: Log) {
    this.#folder = folder
    this.#logBytes = logBytes
    this.#log = log
  }

  /** Replays what is kept, oldest first. `apply` is also told where a snapshot ends.
   *  @param entries all entries, parents first; asked when the log is to be rewritten
   *  @throws StoreError when a record that was acknowledged cannot be read */
  async open(
    apply: (change: StoredChange) => void,
    entries: () => Iterable<{ dn: string; attributes: Buffer }>,
  ): Promise<void> {
    this.#entries = entries
    if (this.#folder === null) return
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    const names = await readdir(this.#folder)
    for (const name of names) if (name.endsWith('.new')) await rm(join(this.#folder, name))
    const snapshot = Math.max(0, ...numbers(names, 'snapshot'))
    if (snapshot > 0) this.#snapshotBytes = await this.#replay(`snapshot-${snapshot}`, apply, 'snapshot')
    const logs = numbers(names, 'log').filter((each) => each >= snapshot)
    for (const [at, each] of logs.entries()) {
      if (each !== (logs[0] ?? 0) + at) throw new StoreError(`store: log-${each - 1} is missing`)
      const last = at === logs.length - 1
      this.#written = await this.#replay(`log-${each}`, apply, last ? 'last' : 'log')
    }
    if (logs.length > 0 && (snapshot > 0 ? logs[0] !== snapshot : logs[0] !== 1)) {
      throw new StoreError(`store: log-${snapshot || 1} is missing`)
    }
    if (snapshot > 0 && logs.length === 0) throw new StoreError(`store: log-${snapshot} is missing`)
    this.#generation = logs.at(-1) ?? 0
    if (this.#generation === 0) await this.#startLog(1)
    else this.#file = await open(join(this.#folder, `log-${this.#generation}`), 'r+')
    await this.#forgetBefore(snapshot)
  }

  /** Says where what was replayed ends: what the next snapshot reaches. */
  resume(csn: string, moved: string): void {
    this.#csn = csn
    this.#moved = moved
  }

  /** Resolves when the change is safe. If it cannot be made safe, `undo` is called — for later changes first —
   *  and the promise rejects with a Refusal (52). */
  append(change: StoredChange, csn: string, undo: () => void): Promise<void> {
    if (this.#folder === null) return Promise.resolve()
    if (this.#broken || !this.#file) {
      undo()
      return Promise.reject(new Refusal('unavailable', 'the store takes no changes'))
    }
    const { promise, resolve: done, reject: failed } = Promise.withResolvers<undefined>()
    const settled = promise.then(
      () => true,
      () => false,
    )
    this.#pending.push({
      record: encodeRecord(change),
      csn,
      move: change.kind === 'move',
      undo,
      done: () => done(undefined),
      failed,
      settled,
    })
    this.#flushing ??= this.#flush()
    return promise
  }

  /** Waits for what is under way, then lets the folder go. */
  async close(): Promise<void> {
    this.#closing = true
    while (this.#flushing ?? this.#compacting) await (this.#flushing ?? this.#compacting)
    const file = this.#file
    this.#file = null
    await file?.close()
  }

  async #flush(): Promise<void> {
    // One turn of the event loop, so that changes that arrived together share the first sync.
    await new Promise((resolve) => setImmediate(resolve))
    while (this.#pending.length > 0 && this.#file) {
      const batch = this.#pending
      this.#pending = []
      try {
        await this.#write(Buffer.concat(batch.map(({ record }) => record)))
      } catch (error) {
        this.#giveUp(batch, error)
        continue
      }
      for (const { csn, move, done } of batch) {
        this.#csn = csn
        if (move) this.#moved = csn
        done()
      }
      if (this.#due()) await this.#turn()
    }
    this.#flushing = null
  }

  async #write(bytes: Buffer): Promise<void> {
    const file = this.#file
    if (!file) throw new StoreError('store: closed')
    try {
      for (let at = 0; at < bytes.length;) {
        const { bytesWritten } = await file.write(bytes, at, bytes.length - at, this.#written + at)
        at += bytesWritten
      }
    } catch (error) {
      // A full disk: what was half written is cut off, and writing may go on once there is room.
      await file.truncate(this.#written).catch(() => {
        this.#broken = true
      })
      throw error
    }
    try {
      await file.datasync()
    } catch (error) {
      // After a failed sync nobody knows what the disk holds: only reading again tells.
      this.#broken = true
      throw error
    }
    this.#written += bytes.length
  }

  /** Takes back the batch and whatever was built on it since. */
  #giveUp(batch: readonly Pending[], error: unknown): void {
    const lost = [...batch, ...this.#pending]
    this.#pending = []
    this.#log('error', 'directory.store.refused', {
      changes: lost.length,
      broken: this.#broken,
      reason: String(error),
    })
    for (const { undo } of lost.toReversed()) undo()
    for (const { failed } of lost) failed(new Refusal('unavailable', 'the change could not be stored'))
  }

  #due(): boolean {
    return !this.#compacting && this.#written > Math.max(this.#logBytes, 2 * this.#snapshotBytes)
  }

  /** Starts the next log; what lies before is written as a snapshot meanwhile. */
  async #turn(): Promise<void> {
    const before = { file: this.#file, written: this.#written }
    try {
      // The entries hold changes that still wait for a sync. They come again in the new log, where reading
      // them twice does no harm; but if they are taken back, this snapshot must not come to be.
      const entries = [...this.#entries()]
      const unsure = this.#pending.map(({ settled }) => settled)
      await this.#startLog(this.#generation + 1)
      await before.file?.close()
      const reached = { csn: this.#csn, moved: this.#moved }
      this.#compacting = this.#compact(this.#generation, entries, reached, unsure).finally(() => {
        this.#compacting = null
      })
    } catch (error) {
      this.#file = before.file
      this.#written = before.written
      this.#log('error', 'directory.store.turn.failed', { reason: String(error) })
    }
  }

  async #startLog(generation: number): Promise<void> {
    if (this.#folder === null) return
    const file = await open(join(this.#folder, `log-${generation}`), 'wx+', 0o600)
    await file.write(heading, 0, heading.length, 0)
    await file.datasync()
    await syncFolder(this.#folder)
    this.#file = file
    this.#generation = generation
    this.#written = heading.length
  }

  async #compact(
    generation: number,
    entries: readonly { dn: string; attributes: Buffer }[],
    reached: { csn: string; moved: string },
    unsure: readonly Promise<boolean>[],
  ): Promise<void> {
    if (this.#folder === null) return
    const name = join(this.#folder, `snapshot-${generation}`)
    try {
      const file = await open(`${name}.new`, 'w', 0o600)
      let size = heading.length
      try {
        let chunk: Buffer[] = [heading]
        let held = 0
        for (const { dn, attributes } of entries) {
          const record = encodeRecord({ kind: 'put', dn, attributes })
          chunk.push(record)
          held += record.length
          if (held < chunkBytes) continue
          if (this.#closing) return
          size += held
          await file.writeFile(Buffer.concat(chunk))
          chunk = []
          held = 0
        }
        const end = encodeRecord({ kind: 'end', entries: entries.length, ...reached })
        await file.writeFile(Buffer.concat([...chunk, end]))
        size += held + end.length
        await file.sync()
      } finally {
        await file.close()
      }
      if ((await Promise.all(unsure)).includes(false)) return
      await rename(`${name}.new`, name)
      await syncFolder(this.#folder)
      this.#snapshotBytes = size
      await this.#forgetBefore(generation)
      this.#log('info', 'directory.store.compacted', { generation, entries: entries.length, bytes: size })
    } catch (error) {
      // The logs still hold everything: the next attempt comes when this log is full.
      this.#log('error', 'directory.store.compaction.failed', { generation, reason: String(error) })
    }
  }

  async #forgetBefore(generation: number): Promise<void> {
    if (this.#folder === null) return
    const names = await readdir(this.#folder)
    for (const kind of ['log', 'snapshot']) {
      for (const each of numbers(names, kind)) {
        if (each < generation) await rm(join(this.#folder, `${kind}-${each}`))
      }
    }
  }

  async #replay(name: string, apply: (change: StoredChange) => void, role: Role): Promise<number> {
    const { length, torn } = await replay(join(this.#folder ?? '', name), apply, role)
    if (torn > 0) this.#log('warn', 'directory.store.torn', { bytes: torn })
    return length
  }
}
