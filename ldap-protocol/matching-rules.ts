import { isUtf8 } from 'node:buffer'
import { parseTime } from './generalized-time.ts'
import { prepare } from './prepare.ts'
import type { Place } from './prepare.ts'

/** What a rule needs to know of names inside values. */
export interface Names {
  /** The normal form of a distinguished name, or null. */
  dn(text: string): string | null
  /** The normal form of a descriptor or OID: the OID where known. */
  oid(text: string): string
}

/** A matching rule (RFC 4517 §4). Two values match when their keys are the same string; `key` is null for a
 *  value that the rule cannot take. `kind` says what the rule decides. */
export interface MatchingRule {
  readonly oid: string
  readonly name: string
  readonly syntax: string
  readonly kind: 'equality' | 'ordering' | 'substrings'
  readonly key: (value: Buffer, names: Names, place: Place) => string | null
  /** Orders two keys; given for ordering rules. */
  readonly order?: (a: string, b: string) => number
}

type Key = MatchingRule['key']

const arc = '1.3.6.1.4.1.1466.115.121.1.'

const utf8 =
  (foldCase: boolean): Key =>
  (value, _names, place) =>
    isUtf8(value) ? prepare(value.toString('utf8'), foldCase, place) : null

const ia5 =
  (foldCase: boolean): Key =>
  (value, _names, place) =>
    value.every((byte) => byte < 0x80) ? prepare(value.toString('latin1'), foldCase, place) : null

const octets: Key = (value) => value.toString('latin1')
const numeric: Key = (value) => {
  const digits = value.toString('latin1').replaceAll(' ', '')
  return /^\d*$/.test(digits) ? digits : null
}
const telephone: Key = (value) =>
  isUtf8(value) ? value.toString('utf8').replace(/[ -]/g, '').toLowerCase() : null
const integer: Key = (value) => {
  const digits = value.toString('latin1')
  return /^-?\d{1,400}$/.test(digits) ? BigInt(digits).toString() : null
}
const boolean: Key = (value) => {
  const word = value.toString('latin1')
  return word === 'TRUE' || word === 'FALSE' ? word : null
}
const time: Key = (value) => parseTime(value.toString('latin1'))
const name: Key = (value, names) => (isUtf8(value) ? names.dn(value.toString('utf8')) : null)
const oid: Key = (value, names) => {
  const word = value.toString('latin1').trim()
  return /^[A-Za-z0-9.;_-]+$/.test(word) ? names.oid(word) : null
}
const first: Key = (value, names) => {
  const word = /^\(\s*(\S+)/.exec(value.toString('utf8'))?.[1] ?? value.toString('utf8').trim()
  return names.oid(word)
}
const firstInteger: Key = (value) => /^\(?\s*(-?\d+)/.exec(value.toString('latin1'))?.[1] ?? null
const uuid: Key = (value) => {
  const word = value.toString('latin1').toLowerCase()
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(word) ? word : null
}
/** Older CSNs lack the fraction and write two digits of server number. */
const csn: Key = (value) => {
  const parts = /^(\d{14})(?:\.(\d{6}))?Z#([0-9a-f]{6})#([0-9a-f]{2,3})#([0-9a-f]{6})$/i.exec(
    value.toString('latin1'),
  )
  if (!parts) return null
  const [, seconds, micros, count, server, change] = parts
  return `${seconds ?? ''}.${micros ?? '000000'}Z#${count ?? ''}#${(server ?? '').padStart(3, '0')}#${change ?? ''}`.toLowerCase()
}
const bits: Key = (value) => /^'([01]*)'B$/.exec(value.toString('latin1'))?.[1] ?? null
const listOf: Key = (value, _names, place) =>
  isUtf8(value)
    ? value
        .toString('utf8')
        .split('$')
        .map((line) => prepare(line, true, place))
        .join('$')
    : null

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))
const byUnits = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
const byNumber = (a: string, b: string): number => {
  const difference = BigInt(a) - BigInt(b)
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

const list: readonly [string, string, string, MatchingRule['kind'], Key, MatchingRule['order']?][] = [
  ['2.5.13.0', 'objectIdentifierMatch', `${arc}38`, 'equality', oid],
  ['2.5.13.1', 'distinguishedNameMatch', `${arc}12`, 'equality', name],
  ['2.5.13.2', 'caseIgnoreMatch', `${arc}15`, 'equality', utf8(true)],
  ['2.5.13.3', 'caseIgnoreOrderingMatch', `${arc}15`, 'ordering', utf8(true), byBytes],
  ['2.5.13.4', 'caseIgnoreSubstringsMatch', `${arc}58`, 'substrings', utf8(true)],
  ['2.5.13.5', 'caseExactMatch', `${arc}15`, 'equality', utf8(false)],
  ['2.5.13.6', 'caseExactOrderingMatch', `${arc}15`, 'ordering', utf8(false), byBytes],
  ['2.5.13.7', 'caseExactSubstringsMatch', `${arc}58`, 'substrings', utf8(false)],
  ['2.5.13.8', 'numericStringMatch', `${arc}36`, 'equality', numeric],
  ['2.5.13.9', 'numericStringOrderingMatch', `${arc}36`, 'ordering', numeric, byUnits],
  ['2.5.13.10', 'numericStringSubstringsMatch', `${arc}58`, 'substrings', numeric],
  ['2.5.13.11', 'caseIgnoreListMatch', `${arc}41`, 'equality', listOf],
  ['2.5.13.12', 'caseIgnoreListSubstringsMatch', `${arc}58`, 'substrings', listOf],
  ['2.5.13.13', 'booleanMatch', `${arc}7`, 'equality', boolean],
  ['2.5.13.14', 'integerMatch', `${arc}27`, 'equality', integer],
  ['2.5.13.15', 'integerOrderingMatch', `${arc}27`, 'ordering', integer, byNumber],
  ['2.5.13.16', 'bitStringMatch', `${arc}6`, 'equality', bits],
  ['2.5.13.17', 'octetStringMatch', `${arc}40`, 'equality', octets],
  ['2.5.13.18', 'octetStringOrderingMatch', `${arc}40`, 'ordering', octets, byUnits],
  ['2.5.13.20', 'telephoneNumberMatch', `${arc}50`, 'equality', telephone],
  ['2.5.13.21', 'telephoneNumberSubstringsMatch', `${arc}58`, 'substrings', telephone],
  ['2.5.13.23', 'uniqueMemberMatch', `${arc}34`, 'equality', name],
  ['2.5.13.27', 'generalizedTimeMatch', `${arc}24`, 'equality', time],
  ['2.5.13.28', 'generalizedTimeOrderingMatch', `${arc}24`, 'ordering', time, byUnits],
  ['2.5.13.29', 'integerFirstComponentMatch', `${arc}27`, 'equality', firstInteger],
  ['2.5.13.30', 'objectIdentifierFirstComponentMatch', `${arc}38`, 'equality', first],
  ['1.3.6.1.4.1.1466.109.114.1', 'caseExactIA5Match', `${arc}26`, 'equality', ia5(false)],
  ['1.3.6.1.4.1.1466.109.114.2', 'caseIgnoreIA5Match', `${arc}26`, 'equality', ia5(true)],
  ['1.3.6.1.4.1.1466.109.114.3', 'caseIgnoreIA5SubstringsMatch', `${arc}58`, 'substrings', ia5(true)],
  ['1.3.6.1.4.1.4203.1.2.1', 'caseExactIA5SubstringsMatch', `${arc}58`, 'substrings', ia5(false)],
  ['1.3.6.1.1.16.2', 'UUIDMatch', '1.3.6.1.1.16.1', 'equality', uuid],
  ['1.3.6.1.1.16.3', 'UUIDOrderingMatch', '1.3.6.1.1.16.1', 'ordering', uuid, byUnits],
  ['1.3.6.1.4.1.4203.666.11.2.2', 'CSNMatch', '1.3.6.1.4.1.4203.666.11.2.1', 'equality', csn],
  [
    '1.3.6.1.4.1.4203.666.11.2.3',
    'CSNOrderingMatch',
    '1.3.6.1.4.1.4203.666.11.2.1',
    'ordering',
    csn,
    byUnits,
  ],
]

/** Every rule known, in the order of their OIDs. */
export const matchingRules: readonly MatchingRule[] = list.map(([oid, name, syntax, kind, key, order]) => ({
  oid,
  name,
  syntax,
  kind,
  key,
  ...(order ? { order } : {}),
}))
