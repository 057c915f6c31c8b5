import { crc32 } from 'node:zlib'
import { Reader } from '../ldap-protocol/ber-reader.ts'
import { Writer } from '../ldap-protocol/ber-writer.ts'

/** One change as the store keeps it. `put` adds or replaces an entry; `move` renames one, with what lies
 *  below, and replaces its attributes. Names are as answered, not normal; the CSN of `delete` and `move`
 *  places them among the changes for whoever follows. `end` closes a snapshot: it holds everything up to `csn`, and
 *  nothing was renamed after `moved` ('' where a version before this one did not say). */
export type StoredChange =
  | { kind: 'put'; dn: string; attributes: Buffer }
  | { kind: 'delete'; dn: string; csn: string }
  | { kind: 'move'; dn: string; to: string; attributes: Buffer; csn: string }
  | { kind: 'end'; entries: number; csn: string; moved: string }

const heading = 8
const kinds = { put: 0x60, delete: 0x61, move: 0x62, end: 0x63 } as const

/** A record is four bytes of length, four of CRC-32 of what follows, and one BER element. */
export function encodeRecord(change: StoredChange): Buffer {
  const to = new Writer(1024).begin(kinds[change.kind])
  switch (change.kind) {
    case 'put':
      to.text(change.dn).octets(change.attributes)
      break
    case 'delete':
      to.text(change.dn).text(change.csn)
      break
    case 'move':
      to.text(change.dn).text(change.to).octets(change.attributes).text(change.csn)
      break
    case 'end':
      to.integer(change.entries).text(change.csn).text(change.moved)
  }
  const body = to.end().take()
  const record = Buffer.allocUnsafe(heading + body.length)
  record.writeUInt32BE(body.length, 0)
  record.writeUInt32BE(crc32(body), 4)
  body.copy(record, heading)
  return record
}

/** Reads the record at `at`. @returns null where the bytes are no whole record */
export function decodeRecord(bytes: Buffer, at: number): { change: StoredChange; next: number } | null {
  if (at + heading > bytes.length) return null
  const next = at + heading + bytes.readUInt32BE(at)
  if (next > bytes.length) return null
  const body = bytes.subarray(at + heading, next)
  if (crc32(body) !== bytes.readUInt32BE(at + 4) || body.length === 0) return null
  return { change: decodeChange(body), next }
}

function decodeChange(body: Buffer): StoredChange {
  const outer = new Reader(body)
  const tag = outer.peek()
  const from = outer.enter(tag)
  switch (tag) {
    case kinds.put:
      return { kind: 'put', dn: from.text(), attributes: from.octets(0x04) }
    case kinds.delete:
      return { kind: 'delete', dn: from.text(), csn: from.text() }
    case kinds.move:
      return {
        kind: 'move',
        dn: from.text(),
        to: from.text(),
        attributes: from.octets(0x04),
        csn: from.text(),
      }
    case kinds.end:
      return {
        kind: 'end',
        entries: from.integer(),
        csn: from.more ? from.text() : '',
        moved: from.more ? from.text() : '',
      }
    default:
      throw new Error(`store: a record of unknown kind ${tag}`)
  }
}
