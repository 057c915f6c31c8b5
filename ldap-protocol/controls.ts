import { Reader } from './ber-reader.ts'
import { Writer } from './ber-writer.ts'
import { readAttributes } from './envelope.ts'
import { readFilter, writeFilter } from './filter.ts'
import type { Filter } from './filter.ts'
import type { Attribute } from './message.ts'

/** The value of a paged results control (RFC 2696 §2). `size` is the page wanted, or an estimate of the
 *  whole in an answer; an empty cookie starts or ends. @throws MalformedError */
export function readPage(value: Buffer): { size: number; cookie: Buffer } {
  const outer = new Reader(value)
  const inner = outer.enter(0x30)
  outer.finish()
  const size = inner.integer()
  const cookie = inner.octets(0x04)
  inner.finish()
  return { size, cookie }
}

/** As `readPage` reads it (RFC 2696 §2). */
export function writePage(size: number, cookie: Buffer): Buffer {
  return new Writer(32).begin(0x30).integer(size).octets(cookie).end().take()
}

/** The filter of an assertion control (RFC 4528 §3). @throws MalformedError */
export function readAssertion(value: Buffer, nesting?: number): Filter {
  const outer = new Reader(value, 0, value.length, nesting)
  const filter = readFilter(outer)
  outer.finish()
  return filter
}

/** As `readAssertion` reads it (RFC 4528 §3). */
export function writeAssertion(filter: Filter): Buffer {
  const to = new Writer(64)
  writeFilter(to, filter)
  return to.take()
}

/** The attributes a pre-read or post-read control asks for (RFC 4527 §3). @throws MalformedError */
export function readSelection(value: Buffer): string[] {
  const outer = new Reader(value)
  const list = outer.enter(0x30)
  outer.finish()
  const names: string[] = []
  while (list.more) names.push(list.text())
  return names
}

/** As `readSelection` reads it (RFC 4527 §3). */
export function writeSelection(names: readonly string[]): Buffer {
  const to = new Writer().begin(0x30)
  for (const name of names) to.text(name)
  return to.end().take()
}

/** The entry that a pre-read or post-read control brings back (RFC 4527 §3). @param attributes each encoded */
export function writeReadEntry(dn: string, attributes: Iterable<Buffer>): Buffer {
  const to = new Writer().begin(0x64).text(dn).begin(0x30)
  for (const attribute of attributes) to.raw(attribute)
  return to.end().end().take()
}

/** As `writeReadEntry` writes it (RFC 4527 §3). @throws MalformedError */
export function readReadEntry(value: Buffer): { dn: string; attributes: Attribute[] } {
  const outer = new Reader(value)
  const inner = outer.enter(0x64)
  outer.finish()
  const dn = inner.text()
  const attributes = readAttributes(inner)
  inner.finish()
  return { dn, attributes }
}
