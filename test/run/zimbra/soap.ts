import { XMLParser } from 'fast-xml-parser'
import { SyntaxValidator } from 'fast-xml-validator'
import { Fault } from './domain.ts'

/** A request as it was understood. */
export interface Asked {
  /** Without its final `Request`. */
  readonly name: string
  readonly token: string | null
  /** Empty: one is asked for; null: none. */
  readonly session: string | null
  /** Attributes of the request. */
  readonly given: ReadonlyMap<string, string>
  /** Its children in order: name, attributes, text. */
  readonly children: readonly { name: string; given: ReadonlyMap<string, string>; text: string }[]
}

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  htmlEntities: true,
})

interface Node {
  readonly name: string
  readonly given: ReadonlyMap<string, string>
  readonly nodes: readonly Node[]
  readonly text: string
}

/** Reads a request to the letter: each element in its name space, nothing that does not belong there. */
export function understand(text: string): Asked {
  try {
    SyntaxValidator.validate(text)
  } catch {
    throw new Fault('service.PARSE_ERROR')
  }
  if (text.includes('<!DOCTYPE')) throw new Fault('service.PARSE_ERROR')
  const roots = nodesOf(parser.parse(text) as Raw[]).filter(({ name }) => name !== '?xml')
  const envelope = one(roots, 'soap:Envelope')
  expect(envelope.given.get('xmlns:soap') === 'http://www.w3.org/2003/05/soap-envelope')
  const context = one(one(envelope.nodes, 'soap:Header').nodes, 'context')
  expect(context.given.get('xmlns') === 'urn:zimbra')
  expect(context.nodes.every(({ name }) => ['userAgent', 'authToken', 'nosession', 'session'].includes(name)))
  const body = one(envelope.nodes, 'soap:Body')
  const [request, ...more] = body.nodes
  expect(request !== undefined && more.length === 0)
  if (request === undefined) throw new Fault('service.INVALID_REQUEST')
  if (request.given.get('xmlns') !== 'urn:zimbraAdmin') throw new Fault('service.UNKNOWN_DOCUMENT')
  expect(request.name.endsWith('Request'))
  const session = context.nodes.find(({ name }) => name === 'session')
  const given = new Map(request.given)
  given.delete('xmlns')
  return {
    name: request.name.slice(0, -'Request'.length),
    token: context.nodes.find(({ name }) => name === 'authToken')?.text ?? null,
    session: session ? (session.given.get('id') ?? '') : null,
    given,
    children: request.nodes,
  }
}

/** What was asked for must be there, and nothing else. */
export function allow(asked: Asked, required: readonly string[], optional: readonly string[] = []): void {
  const there = [
    ...[...asked.given.keys()].map((name) => `@${name}`),
    ...asked.children.map(({ name }) => name),
  ]
  expect(required.every((name) => there.filter((each) => each === name).length === 1))
  expect(there.every((name) => required.includes(name) || optional.includes(name)))
}

export function childText(asked: Asked, name: string): string {
  const text = asked.children.find((each) => each.name === name)?.text ?? ''
  expect(text !== '')
  return text
}

/** The `<a n="…">` of a request. */
export function attributesIn(asked: Asked): Map<string, string[]> {
  const attributes = new Map<string, string[]>()
  for (const { name, given, text } of asked.children) {
    if (name !== 'a') continue
    const called = given.get('n')
    expect(called !== undefined && given.size === 1)
    attributes.set(called ?? '', [...(attributes.get(called ?? '') ?? []), text])
  }
  return attributes
}

export function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (found) => `&#${found.charCodeAt(0)};`)
}

export function envelope(body: string, context = ''): string {
  return (
    '<soap:Envelope xmlns:soap="http://www.w3.org/2003/05/soap-envelope">' +
    `<soap:Header><context xmlns="urn:zimbra">${context}</context></soap:Header>` +
    `<soap:Body>${body}</soap:Body></soap:Envelope>`
  )
}

export function faultOf({ code, by }: Fault): string {
  return envelope(
    `<soap:Fault><soap:Code><soap:Value>soap:${by}</soap:Value></soap:Code>` +
      `<soap:Reason><soap:Text>${code} of somebody@example.org</soap:Text></soap:Reason>` +
      `<soap:Detail><Error xmlns="urn:zimbra"><Code>${code}</Code><Trace>trace</Trace></Error></soap:Detail></soap:Fault>`,
  )
}

function expect(right: boolean): void {
  if (!right) throw new Fault('service.INVALID_REQUEST')
}

function one(nodes: readonly Node[], name: string): Node {
  const [found, ...more] = nodes.filter((each) => each.name === name)
  if (found === undefined || more.length > 0) throw new Fault('service.INVALID_REQUEST')
  return found
}

type Raw = Readonly<Record<string, unknown>>

function nodesOf(raw: readonly Raw[]): Node[] {
  return raw.flatMap((each) => {
    const [entry] = Object.entries(each).filter(([key]) => key !== ':@')
    if (entry === undefined || entry[0] === '#text') return []
    const [name, content] = entry as [string, Raw[]]
    const text = content.map((child) => (child['#text'] as string | undefined) ?? '').join('')
    return [
      {
        name,
        given: new Map(Object.entries((each[':@'] ?? {}) as Record<string, string>)),
        nodes: nodesOf(content),
        text,
      },
    ]
  })
}
