import { isUtf8 } from 'node:buffer'
import { X509Certificate } from 'node:crypto'
import { parseDn } from './dn-text.ts'
import { parseTime } from './generalized-time.ts'

/** A syntax of RFC 4517 §3.3 (and those of RFC 2307, 4530, and of OpenLDAP's CSN). `valid` judges one value. */
export interface Syntax {
  readonly oid: string
  readonly name: string
  readonly valid: (value: Buffer) => boolean
}

const text = (value: Buffer): boolean => value.length > 0 && isUtf8(value)
const ascii = (pattern: RegExp) => (value: Buffer) => pattern.test(value.toString('latin1'))
const anything = (): boolean => true

const descriptor = '(?:[A-Za-z][A-Za-z0-9-]*|(?:0|[1-9]\\d*)(?:\\.(?:0|[1-9]\\d*))+)'
/** RFC 4517 §3.3.5. */
const method = '(?:any|mhs|physical|telex|teletex|g3fax|g4fax|ia5|videotex|telephone)'
const arc = '1.3.6.1.4.1.1466.115.121.1.'

/** IA5: every byte below 128, and the empty text. */
const ia5 = (value: Buffer): boolean => value.every((byte) => byte < 0x80)

/** Any certificate that can be read, whoever it is by and whenever it holds. */
const certificate = (value: Buffer): boolean => {
  try {
    return new X509Certificate(value).serialNumber !== ''
  } catch {
    return false
  }
}

const list: readonly [string, string, Syntax['valid']][] = [
  [`${arc}3`, 'Attribute Type Description', text],
  [`${arc}4`, 'Audio', anything],
  [`${arc}5`, 'Binary', anything],
  [`${arc}6`, 'Bit String', ascii(/^'[01]*'B$/)],
  [`${arc}7`, 'Boolean', ascii(/^(?:TRUE|FALSE)$/)],
  [`${arc}8`, 'Certificate', certificate],
  [`${arc}11`, 'Country String', ascii(/^[A-Za-z0-9'()+,\-./:? ]{2}$/)],
  [`${arc}12`, 'Distinguished Name', (value) => isUtf8(value) && parseDn(value.toString()) !== null],
  [`${arc}14`, 'Delivery Method', ascii(new RegExp(`^${method}(?: *\\$ *${method})*$`))],
  [`${arc}15`, 'Directory String', text],
  [`${arc}16`, 'DIT Content Rule Description', text],
  [`${arc}17`, 'DIT Structure Rule Description', text],
  [`${arc}22`, 'Facsimile Telephone Number', ascii(/^[A-Za-z0-9'()+,\-./:? ]+(?:\$[A-Za-z0-9]+)*$/)],
  [`${arc}24`, 'Generalized Time', (value) => parseTime(value.toString('latin1')) !== null],
  [`${arc}26`, 'IA5 String', ia5],
  [`${arc}27`, 'INTEGER', ascii(/^(?:0|-?[1-9]\d*)$/)],
  [`${arc}28`, 'JPEG', anything],
  [`${arc}30`, 'Matching Rule Description', text],
  [`${arc}31`, 'Matching Rule Use Description', text],
  [`${arc}34`, 'Name And Optional UID', (value) => isUtf8(value) && nameAndUid(value.toString())],
  [`${arc}36`, 'Numeric String', ascii(/^[0-9 ]+$/)],
  [`${arc}37`, 'Object Class Description', text],
  [`${arc}38`, 'OID', ascii(new RegExp(`^${descriptor}$`))],
  [`${arc}39`, 'Other Mailbox', ascii(/^[^$]+\$.+$/)],
  [`${arc}40`, 'Octet String', anything],
  [`${arc}41`, 'Postal Address', (value) => isUtf8(value) && !/\\(?!24|5C)/i.test(value.toString())],
  [`${arc}44`, 'Printable String', ascii(/^[A-Za-z0-9'()+,\-./:? =]+$/)],
  [`${arc}50`, 'Telephone Number', ascii(/^[A-Za-z0-9'()+,\-./:? ]+$/)],
  [`${arc}51`, 'Teletex Terminal Identifier', anything],
  [`${arc}52`, 'Telex Number', ascii(/^[A-Za-z0-9'()+,\-./:? $]+$/)],
  [`${arc}53`, 'UTC Time', ascii(/^\d{10}(?:\d{2})?(?:Z|[+-]\d{4})$/)],
  [`${arc}54`, 'LDAP Syntax Description', text],
  [`${arc}58`, 'Substring Assertion', text],
  ['1.3.6.1.1.16.1', 'UUID', ascii(/^[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$/)],
  [
    '1.3.6.1.4.1.4203.666.11.2.1',
    'CSN',
    ascii(/^\d{14}(?:\.\d{6})?Z#[0-9a-f]{6}#[0-9a-f]{2,3}#[0-9a-f]{6}$/),
  ],
]

function nameAndUid(value: string): boolean {
  const name = value.replace(/#'[01]*'B$/, '')
  return parseDn(name) !== null
}

/** Every syntax known, by OID. */
export const syntaxes: ReadonlyMap<string, Syntax> = new Map(
  list.map(([oid, name, valid]) => [oid, { oid, name, valid }]),
)
