import XMLBuilder from 'fast-xml-builder'
import { XMLParser } from 'fast-xml-parser'

/** An element of an answer: each child a list by its name, each attribute by `@` and its name, its own text as `#text`. */
export interface Element {
  readonly [name: string]: readonly Element[] | string | undefined
}

/** An element of a request: text, or children by name; attributes by `@` and their name, own text as `#text`. */
export type Content = string | number | { readonly [name: string]: Content } | readonly Content[]

const soap = 'http://www.w3.org/2003/05/soap-envelope'
/** The name space of what every request says of itself. */
const common = 'urn:zimbra'
/** The name space of the administration requests. */
const admin = 'urn:zimbraAdmin'

const builder = new XMLBuilder({ ignoreAttributes: false, attributeNamePrefix: '@' })

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  removeNSPrefix: true,
  alwaysCreateTextNode: true,
  isArray: (_name, _path, _isLeaf, isAttribute) => !isAttribute,
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  // The five of XML and numeric ones; a document that defines entities of its own is refused before.
  htmlEntities: true,
  processEntities: { enabled: true, maxTotalExpansions: Infinity, maxExpandedLength: Infinity },
})

/** A request as SOAP 1.2 has it: `name` without its final `Request`. A session is asked for where `session` is empty, gone
 *  on with where it is not, and refused where it is null. */
export function writeRequest(
  name: string,
  content: { readonly [name: string]: Content },
  { token, session, agent }: { token: string | null; session: string | null; agent: string },
): string {
  const context = {
    '@xmlns': common,
    userAgent: { '@name': 'matricule', '@version': agent },
    ...(token === null ? {} : { authToken: token }),
    ...(session === null ? { nosession: '' } : { session: session === '' ? '' : { '@id': session } }),
  }
  const envelope = {
    'soap:Envelope': {
      '@xmlns:soap': soap,
      'soap:Header': { context },
      'soap:Body': { [`${name}Request`]: { '@xmlns': admin, ...content } },
    },
  }
  return `<?xml version="1.0" encoding="utf-8"?>${builder.build(writable(envelope))}`
}

/** What an answer says. */
export interface Answer {
  /** The name of what came, without a final `Response`: `Fault` when the request was refused. */
  readonly name: string
  readonly body: Element
  /** The session in which it was given, if there is one. */
  readonly session: string | null
}

/** Reads an answer; throws a plain Error where it is none. */
export function readAnswer(text: string): Answer {
  // SOAP has no document type (SOAP 1.2, part 1, 5), and whoever sends one means no good.
  if (/<!(?!\[CDATA\[|--)/.test(text)) throw new Error('a document type in an answer')
  // The parser closes by itself what is left open.
  if (!/<\/(?:[\w-]+:)?Envelope>\s*$/.test(text)) throw new Error('an answer that is cut short')
  const document = parser.parse(text) as Element
  const envelope = only(document, 'Envelope')
  const body = envelope && only(envelope, 'Body')
  const [[name, content] = ['', null], ...more] = Object.entries(body ?? {}).filter(([, each]) =>
    Array.isArray(each),
  )
  const [element, ...others] = Array.isArray(content) ? (content as readonly Element[]) : []
  if (element === undefined || more.length + others.length > 0) throw new Error('no SOAP answer')
  const header = envelope && only(envelope, 'Header')
  const context = header && only(header, 'context')
  const session = context && only(context, 'session')
  return {
    name: name.replace(/Response$/, ''),
    body: element,
    session: session ? (attribute(session, 'id') ?? textOf(session)) || null : null,
  }
}

/** The children of one name. */
export function children(element: Element, name: string): readonly Element[] {
  const found = element[name]
  return Array.isArray(found) ? (found as readonly Element[]) : []
}

/** The only child of one name; null where there is none, or more. */
export function only(element: Element, name: string): Element | null {
  const [found, ...more] = children(element, name)
  return more.length === 0 ? (found ?? null) : null
}

export function attribute(element: Element, name: string): string | null {
  const found = element[`@${name}`]
  return typeof found === 'string' ? found : null
}

export function textOf(element: Element): string {
  const found = element['#text']
  return typeof found === 'string' ? found : ''
}

/** Without the characters that XML cannot carry at all (XML 1.0, 2.2). */
function writable(content: Content): Content {
  if (typeof content === 'string')
    return content.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
  if (typeof content === 'number') return content
  if (Array.isArray(content)) return (content as readonly Content[]).map(writable)
  return Object.fromEntries(Object.entries(content).map(([name, each]) => [name, writable(each)]))
}
