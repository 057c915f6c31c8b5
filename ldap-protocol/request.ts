import { MalformedError } from './ber-reader.ts'
import type { Reader } from './ber-reader.ts'
import type { Writer } from './ber-writer.ts'
import {
  readAttribute,
  readAttributes,
  readEnvelope,
  writeAttribute,
  writeAttributes,
  writeEnvelope,
} from './envelope.ts'
import { readFilter, writeFilter } from './filter.ts'
import type {
  BindRequest,
  ChangeKind,
  Message,
  ModifyRequest,
  Request,
  Scope,
  SearchRequest,
} from './message.ts'

const scopes: readonly Scope[] = ['base', 'one', 'subtree', 'children']
const changeKinds: readonly ChangeKind[] = ['add', 'delete', 'replace', 'increment']

/** Reads the request in one message (RFC 4511 §4.2–4.12).
 *  @throws MalformedError for anything that is no request; RFC 4511 §4.1.1 wants the connection ended then */
export function decodeRequest(frame: Buffer, nesting?: number): Message<Request> {
  return readEnvelope(frame, readRequest, nesting)
}

function readRequest(from: Reader): Request {
  const tag = from.peek()
  switch (tag) {
    case 0x60:
      return readBind(from.enter(tag))
    case 0x42:
      if (from.octets(tag).length > 0) throw new MalformedError('an unbind is empty')
      return { kind: 'unbind' }
    case 0x63:
      return readSearch(from.enter(tag))
    case 0x66:
      return readModify(from.enter(tag))
    case 0x68: {
      const inner = from.enter(tag)
      const dn = inner.text()
      const attributes = readAttributes(inner)
      inner.finish()
      return { kind: 'add', dn, attributes }
    }
    case 0x4a:
      return { kind: 'delete', dn: from.text(tag) }
    case 0x6c: {
      const inner = from.enter(tag)
      const dn = inner.text()
      const newRdn = inner.text()
      const deleteOldRdn = inner.boolean()
      const newSuperior = inner.more ? inner.text(0x80) : null
      inner.finish()
      return { kind: 'rename', dn, newRdn, deleteOldRdn, newSuperior }
    }
    case 0x6e: {
      const inner = from.enter(tag)
      const dn = inner.text()
      const ava = inner.enter(0x30)
      inner.finish()
      const type = ava.text()
      const value = ava.octets(0x04)
      ava.finish()
      return { kind: 'compare', dn, type, value }
    }
    case 0x50:
      return { kind: 'abandon', id: from.integer(tag) }
    case 0x77: {
      const inner = from.enter(tag)
      const oid = inner.text(0x80)
      const value = inner.more ? inner.octets(0x81) : null
      inner.finish()
      return { kind: 'extended', oid, value }
    }
    default:
      throw new MalformedError('an operation that nobody knows')
  }
}

function readBind(from: Reader): BindRequest {
  const version = from.integer()
  const name = from.text()
  const tag = from.peek()
  if (tag === 0x80) {
    const password = from.octets(tag)
    from.finish()
    return { kind: 'bind', version, name, auth: { kind: 'simple', password } }
  }
  if (tag === 0xa3) {
    const sasl = from.enter(tag)
    from.finish()
    const mechanism = sasl.text()
    const credentials = sasl.more ? sasl.octets(0x04) : null
    sasl.finish()
    return { kind: 'bind', version, name, auth: { kind: 'sasl', mechanism, credentials } }
  }
  if (tag === -1) throw new MalformedError('a bind without authentication')
  from.skip()
  return { kind: 'bind', version, name, auth: { kind: 'unknown' } }
}

function readSearch(from: Reader): SearchRequest {
  const base = from.text()
  const scope = scopes[from.integer(0x0a)] ?? null
  const deref = from.integer(0x0a)
  const sizeLimit = from.integer()
  const timeLimit = from.integer()
  const typesOnly = from.boolean()
  const filter = readFilter(from)
  const list = from.enter(0x30)
  from.finish()
  const attributes: string[] = []
  while (list.more) attributes.push(list.text())
  return { kind: 'search', base, scope, deref, sizeLimit, timeLimit, typesOnly, filter, attributes }
}

function readModify(from: Reader): ModifyRequest {
  const dn = from.text()
  const list = from.enter(0x30)
  from.finish()
  const changes: ModifyRequest['changes'][number][] = []
  while (list.more) {
    const one = list.enter(0x30)
    const operation = changeKinds[one.integer(0x0a)] ?? null
    const attribute = readAttribute(one)
    one.finish()
    changes.push({ operation, attribute })
  }
  return { kind: 'modify', dn, changes }
}

/** Writes one request as a message (RFC 4511 §4.2–4.12). @throws Error for a filter that has no form */
export function encodeRequest({ id, operation, controls }: Message<Request>): Buffer {
  return writeEnvelope(id, controls, (to) => writeRequest(to, operation))
}

function writeRequest(to: Writer, request: Request): void {
  switch (request.kind) {
    case 'bind':
      writeBind(to, request)
      return
    case 'unbind':
      to.octets(Buffer.alloc(0), 0x42)
      return
    case 'search':
      to.begin(0x63)
        .text(request.base)
        .integer(request.scope === null ? 0x7f : scopes.indexOf(request.scope), 0x0a)
      to.integer(request.deref, 0x0a).integer(request.sizeLimit).integer(request.timeLimit)
      to.boolean(request.typesOnly)
      writeFilter(to, request.filter)
      to.begin(0x30)
      for (const attribute of request.attributes) to.text(attribute)
      to.end().end()
      return
    case 'modify':
      to.begin(0x66).text(request.dn).begin(0x30)
      for (const { operation, attribute } of request.changes) {
        to.begin(0x30).integer(operation === null ? 0x7f : changeKinds.indexOf(operation), 0x0a)
        writeAttribute(to, attribute)
        to.end()
      }
      to.end().end()
      return
    case 'add':
      to.begin(0x68).text(request.dn)
      writeAttributes(to, request.attributes)
      to.end()
      return
    case 'delete':
      to.text(request.dn, 0x4a)
      return
    case 'rename':
      to.begin(0x6c).text(request.dn).text(request.newRdn).boolean(request.deleteOldRdn)
      if (request.newSuperior !== null) to.text(request.newSuperior, 0x80)
      to.end()
      return
    case 'compare':
      to.begin(0x6e).text(request.dn).begin(0x30).text(request.type).octets(request.value).end().end()
      return
    case 'abandon':
      to.integer(request.id, 0x50)
      return
    case 'extended':
      to.begin(0x77).text(request.oid, 0x80)
      if (request.value) to.octets(request.value, 0x81)
      to.end()
      return
  }
}

function writeBind(to: Writer, { version, name, auth }: BindRequest): void {
  to.begin(0x60).integer(version).text(name)
  if (auth.kind === 'simple') to.octets(auth.password, 0x80)
  else if (auth.kind === 'sasl') {
    to.begin(0xa3).text(auth.mechanism)
    if (auth.credentials) to.octets(auth.credentials)
    to.end()
  } else to.octets(Buffer.alloc(0), 0x8f)
  to.end()
}
