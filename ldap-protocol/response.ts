import { MalformedError } from './ber-reader.ts'
import type { Reader } from './ber-reader.ts'
import type { Writer } from './ber-writer.ts'
import { readAttributes, readEnvelope, writeAttributes, writeEnvelope } from './envelope.ts'
import type { Control, Message, Response, Result, ResultKind } from './message.ts'

const resultTag: Record<ResultKind, number> = {
  bind: 0x61,
  search: 0x65,
  modify: 0x67,
  add: 0x69,
  delete: 0x6b,
  rename: 0x6d,
  compare: 0x6f,
}
const twoEmptyTexts = Buffer.from([0x04, 0, 0x04, 0])
const resultKinds = Object.entries(resultTag) as [ResultKind, number][]

/** Reads the answer in one message (RFC 4511 §4.2–4.13). @throws MalformedError */
export function decodeResponse(frame: Buffer, nesting?: number): Message<Response> {
  return readEnvelope(frame, readResponse, nesting)
}

function readResponse(from: Reader): Response {
  const tag = from.peek()
  switch (tag) {
    case 0x64: {
      const inner = from.enter(tag)
      const dn = inner.text()
      const attributes = readAttributes(inner)
      inner.finish()
      return { kind: 'entry', dn, attributes }
    }
    case 0x73: {
      const inner = from.enter(tag)
      const uris: string[] = []
      while (inner.more) uris.push(inner.text())
      return { kind: 'reference', uris }
    }
    case 0x78: {
      const inner = from.enter(tag)
      const result = readResult(inner)
      const oid = inner.peek() === 0x8a ? inner.text(0x8a) : null
      const value = inner.peek() === 0x8b ? inner.octets(0x8b) : null
      inner.finish()
      return { kind: 'extended', result, oid, value }
    }
    case 0x79: {
      const inner = from.enter(tag)
      const oid = inner.peek() === 0x80 ? inner.text(0x80) : null
      const value = inner.peek() === 0x81 ? inner.octets(0x81) : null
      inner.finish()
      return { kind: 'intermediate', oid, value }
    }
    default: {
      const of = resultKinds.find(([, known]) => known === tag)?.[0]
      if (!of) throw new MalformedError('an answer that nobody knows')
      const inner = from.enter(tag)
      const result = readResult(inner)
      if (of === 'bind' && inner.peek() === 0x87) inner.skip()
      inner.finish()
      return { kind: 'result', of, result }
    }
  }
}

function readResult(from: Reader): Result {
  const code = from.integer(0x0a)
  const matchedDN = from.text()
  const message = from.text()
  if (from.peek() !== 0xa3) return { code, matchedDN, message }
  const list = from.enter(0xa3)
  const referrals: string[] = []
  while (list.more) referrals.push(list.text())
  return { code, matchedDN, message, referrals }
}

/** Writes one answer as a message (RFC 4511 §4.2–4.13). */
export function encodeResponse({ id, operation, controls }: Message<Response>): Buffer {
  if (operation.kind === 'result' && controls.length === 0 && isPlain(operation.result)) {
    return encodePlain(id, operation.of, operation.result.code)
  }
  return writeEnvelope(id, controls, (to) => writeResponse(to, operation))
}

/** Whether a result is a code below 128 and nothing else, as nearly all are. */
function isPlain({ code, matchedDN, message, referrals }: Result): boolean {
  return matchedDN === '' && message === '' && !referrals && code >= 0 && code < 0x80
}

/** The bytes of such a result: all but the number of the message always lie in the same places. */
function encodePlain(id: number, of: ResultKind, code: number): Buffer {
  const digits = id < 0x80 ? 1 : id < 0x8000 ? 2 : id < 0x800000 ? 3 : 4
  const bytes = Buffer.allocUnsafe(13 + digits)
  bytes[0] = 0x30
  bytes[1] = 11 + digits
  bytes[2] = 0x02
  bytes[3] = digits
  for (let at = 0; at < digits; at++) bytes[4 + at] = (id >>> (8 * (digits - 1 - at))) & 0xff
  const start = 4 + digits
  bytes[start] = resultTag[of]
  bytes[start + 1] = 7
  bytes[start + 2] = 0x0a
  bytes[start + 3] = 1
  bytes[start + 4] = code
  bytes.set(twoEmptyTexts, start + 5)
  return bytes
}

/** Writes an entry (RFC 4511 §4.5.2) whose attributes are encoded already: the answer of which there are most. */
export function encodeEntry(
  id: number,
  dn: string,
  attributes: readonly Buffer[],
  controls: readonly Control[],
): Buffer {
  const size = attributes.reduce((sum, one) => sum + one.length, dn.length + 64)
  return writeEnvelope(
    id,
    controls,
    (to) => {
      to.begin(0x64).text(dn).begin(0x30)
      for (const attribute of attributes) to.raw(attribute)
      to.end().end()
    },
    size,
  )
}

function writeResponse(to: Writer, response: Response): void {
  switch (response.kind) {
    case 'result':
      to.begin(resultTag[response.of])
      writeResult(to, response.result)
      to.end()
      return
    case 'extended':
      to.begin(0x78)
      writeResult(to, response.result)
      if (response.oid !== null) to.text(response.oid, 0x8a)
      if (response.value) to.octets(response.value, 0x8b)
      to.end()
      return
    case 'entry':
      to.begin(0x64).text(response.dn)
      writeAttributes(to, response.attributes)
      to.end()
      return
    case 'reference':
      to.begin(0x73)
      for (const uri of response.uris) to.text(uri)
      to.end()
      return
    case 'intermediate':
      to.begin(0x79)
      if (response.oid !== null) to.text(response.oid, 0x80)
      if (response.value) to.octets(response.value, 0x81)
      to.end()
      return
  }
}

function writeResult(to: Writer, { code, matchedDN, message, referrals }: Result): void {
  to.integer(code, 0x0a)
  if (matchedDN === '' && message === '') to.raw(twoEmptyTexts)
  else to.text(matchedDN).text(message)
  if (!referrals) return
  to.begin(0xa3)
  for (const uri of referrals) to.text(uri)
  to.end()
}
