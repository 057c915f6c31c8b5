import { MalformedError, Reader } from './ber-reader.ts'
import { Writer } from './ber-writer.ts'

/** What a Sync Request asks for (RFC 4533 §2.2). `cookie` is what the server gave before, or null. */
export interface SyncRequest {
  readonly mode: 'refreshOnly' | 'refreshAndPersist'
  readonly cookie: Buffer | null
  readonly reloadHint: boolean
}

/** What a Sync State says of the entry it travels with (RFC 4533 §2.3). */
export type SyncState = 'present' | 'add' | 'modify' | 'delete'

/** A Sync Info message (RFC 4533 §2.5). */
export type SyncInfo =
  | { kind: 'newCookie'; cookie: Buffer }
  | { kind: 'refreshDelete' | 'refreshPresent'; cookie: Buffer | null; refreshDone: boolean }
  | { kind: 'idSet'; cookie: Buffer | null; refreshDeletes: boolean; uuids: readonly string[] }

const modes = { 1: 'refreshOnly', 3: 'refreshAndPersist' } as const
const states: readonly SyncState[] = ['present', 'add', 'modify', 'delete']

/** The value of a Sync Request control (RFC 4533 §2.2). @throws MalformedError */
export function readSyncRequest(value: Buffer): SyncRequest {
  const from = opened(value)
  const mode = from.integer(0x0a)
  if (mode !== 1 && mode !== 3) throw new MalformedError('a sync mode that nobody knows')
  const cookie = from.peek() === 0x04 ? from.octets(0x04) : null
  const reloadHint = from.peek() === 0x01 ? from.boolean() : false
  from.finish()
  return { mode: modes[mode], cookie, reloadHint }
}

/** As `readSyncRequest` reads it (RFC 4533 §2.2). */
export function writeSyncRequest({ mode, cookie, reloadHint }: SyncRequest): Buffer {
  const to = new Writer(64).begin(0x30).integer(mode === 'refreshOnly' ? 1 : 3, 0x0a)
  if (cookie) to.octets(cookie)
  if (reloadHint) to.boolean(true)
  return to.end().take()
}

/** The value of a Sync State control (RFC 4533 §2.3). @param uuid an entryUUID as text */
export function writeSyncState(state: SyncState, uuid: string, cookie: Buffer | null = null): Buffer {
  const to = new Writer(48).begin(0x30).integer(states.indexOf(state), 0x0a).octets(uuidBytes(uuid))
  if (cookie) to.octets(cookie)
  return to.end().take()
}

/** As `writeSyncState` writes it (RFC 4533 §2.3). @throws MalformedError */
export function readSyncState(value: Buffer): { state: SyncState; uuid: string; cookie: Buffer | null } {
  const from = opened(value)
  const state = states[from.integer(0x0a)]
  if (!state) throw new MalformedError('a sync state that nobody knows')
  const uuid = uuidText(from.octets(0x04))
  const cookie = from.more ? from.octets(0x04) : null
  from.finish()
  return { state, uuid, cookie }
}

/** The value of a Sync Done control (RFC 4533 §2.4): `refreshDeletes` when what is gone was named; otherwise what
 *  was not mentioned is gone. */
export function writeSyncDone(cookie: Buffer | null, refreshDeletes: boolean): Buffer {
  const to = new Writer(64).begin(0x30)
  if (cookie) to.octets(cookie)
  if (refreshDeletes) to.boolean(true)
  return to.end().take()
}

/** As `writeSyncDone` writes it (RFC 4533 §2.4). @throws MalformedError */
export function readSyncDone(value: Buffer): { cookie: Buffer | null; refreshDeletes: boolean } {
  const from = opened(value)
  const cookie = from.peek() === 0x04 ? from.octets(0x04) : null
  const refreshDeletes = from.peek() === 0x01 ? from.boolean() : false
  from.finish()
  return { cookie, refreshDeletes }
}

/** The value of a Sync Info message (RFC 4533 §2.5). */
export function writeSyncInfo(info: SyncInfo): Buffer {
  if (info.kind === 'newCookie') return new Writer(64).octets(info.cookie, 0x80).take()
  const tags = { refreshDelete: 0xa1, refreshPresent: 0xa2, idSet: 0xa3 } as const
  const to = new Writer(64).begin(tags[info.kind])
  if (info.cookie) to.octets(info.cookie)
  if (info.kind === 'idSet') {
    if (info.refreshDeletes) to.boolean(true)
    to.begin(0x31)
    for (const uuid of info.uuids) to.octets(uuidBytes(uuid))
    to.end()
  } else if (!info.refreshDone) to.boolean(false)
  return to.end().take()
}

/** As `writeSyncInfo` writes it (RFC 4533 §2.5). @throws MalformedError */
export function readSyncInfo(value: Buffer): SyncInfo {
  const outer = new Reader(value)
  const tag = outer.peek()
  if (tag === 0x80) {
    const cookie = outer.octets(tag)
    outer.finish()
    return { kind: 'newCookie', cookie }
  }
  if (tag !== 0xa1 && tag !== 0xa2 && tag !== 0xa3) throw new MalformedError('a sync info that nobody knows')
  const from = outer.enter(tag)
  outer.finish()
  const cookie = from.peek() === 0x04 ? from.octets(0x04) : null
  const flag = from.peek() === 0x01 ? from.boolean() : null
  if (tag === 0xa3) {
    const set = from.enter(0x31)
    from.finish()
    const uuids: string[] = []
    while (set.more) uuids.push(uuidText(set.octets(0x04)))
    return { kind: 'idSet', cookie, refreshDeletes: flag ?? false, uuids }
  }
  from.finish()
  return { kind: tag === 0xa1 ? 'refreshDelete' : 'refreshPresent', cookie, refreshDone: flag ?? true }
}

function opened(value: Buffer): Reader {
  const outer = new Reader(value)
  const inner = outer.enter(0x30)
  outer.finish()
  return inner
}

/** The 16 bytes of a UUID (RFC 4530 §2.1). */
function uuidBytes(text: string): Buffer {
  return Buffer.from(text.replaceAll('-', ''), 'hex')
}

function uuidText(bytes: Buffer): string {
  if (bytes.length !== 16) throw new MalformedError('a UUID has 16 bytes')
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
