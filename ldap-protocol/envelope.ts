import { MalformedError, Reader, defaultNesting } from './ber-reader.ts'
import { Writer } from './ber-writer.ts'
import type { Attribute, Control, Message } from './message.ts'

/** Controls one message may carry. */
export const controlsPerMessage = 64

/** Opens an LDAPMessage (RFC 4511 §4.1.1) and lets `operation` read the one inside. */
export function readEnvelope<Operation>(
  frame: Buffer,
  operation: (from: Reader) => Operation,
  nesting = defaultNesting,
): Message<Operation> {
  const outer = new Reader(frame, 0, frame.length, nesting)
  const message = outer.enter(0x30)
  outer.finish()
  const id = message.integer()
  if (id < 0) throw new MalformedError('a message number below zero')
  const read = operation(message)
  const controls = message.more ? readControls(message.enter(0xa0)) : []
  message.finish()
  return { id, operation: read, controls }
}

function readControls(from: Reader): Control[] {
  const controls: Control[] = []
  while (from.more) {
    if (controls.length >= controlsPerMessage) throw new MalformedError('too many controls')
    const one = from.enter(0x30)
    const oid = one.text()
    const critical = one.peek() === 0x01 ? one.boolean() : false
    const value = one.peek() === 0x04 ? one.octets(0x04) : null
    one.finish()
    controls.push({ oid, critical, value })
  }
  return controls
}

/** Wraps what `operation` writes into an LDAPMessage (RFC 4511 §4.1.1). @param size about how long it will be */
export function writeEnvelope(
  id: number,
  controls: readonly Control[],
  operation: (to: Writer) => void,
  size?: number,
): Buffer {
  const to = new Writer(size)
  to.begin(0x30).integer(id)
  operation(to)
  if (controls.length > 0) {
    to.begin(0xa0)
    for (const { oid, critical, value } of controls) {
      to.begin(0x30).text(oid)
      if (critical) to.boolean(true)
      if (value) to.octets(value)
      to.end()
    }
    to.end()
  }
  return to.end().take()
}

/** A PartialAttribute (RFC 4511 §4.1.7): its description and a set of values. */
export function readAttribute(from: Reader): Attribute {
  const one = from.enter(0x30)
  const type = one.text()
  const set = one.enter(0x31)
  one.finish()
  const values: Buffer[] = []
  while (set.more) values.push(set.octets(0x04))
  return { type, values }
}

/** A sequence of attributes (RFC 4511 §4.1.7). @throws MalformedError */
export function readAttributes(from: Reader): Attribute[] {
  const list = from.enter(0x30)
  const attributes: Attribute[] = []
  while (list.more) attributes.push(readAttribute(list))
  return attributes
}

/** As `readAttribute` reads it (RFC 4511 §4.1.7). */
export function writeAttribute(to: Writer, { type, values }: Attribute): void {
  to.begin(0x30).text(type).begin(0x31)
  for (const value of values) to.octets(value)
  to.end().end()
}

/** As `readAttributes` reads them (RFC 4511 §4.1.7). */
export function writeAttributes(to: Writer, attributes: Iterable<Attribute>): void {
  to.begin(0x30)
  for (const attribute of attributes) writeAttribute(to, attribute)
  to.end()
}
