import fc from 'fast-check'
import { Writer } from '../../ldap-protocol/ber-writer.ts'
import { writePage } from '../../ldap-protocol/controls.ts'
import { writeSort } from '../../ldap-protocol/sort.ts'
import { writeFilter } from '../../ldap-protocol/filter.ts'
import type { Filter } from '../../ldap-protocol/filter.ts'
import type { Attribute, ChangeKind, Control, Request, Scope } from '../../ldap-protocol/message.ts'
import { control, extension } from '../../ldap-protocol/oids.ts'

/** One request of a sequence, below a base that each sequence has of its own. */
export type Step = (base: string) => { request: Request; controls: Control[] }

const rdns = [
  'uid=a',
  'UID=A',
  ' uid = a ',
  'uid=\\61',
  'userid=a',
  '0.9.2342.19200300.100.1.1=a',
  'uid=b',
  'uid=b\\20',
  'cn=Jean  Dupont',
  'cn=jean dupont',
  'cn=Dupont\\, Jean',
  'cn=dupont\\2c jean',
  'cn="Dupont, Jean"',
  'cn=Élodie',
  'cn=\\C3\\89lodie',
  'cn=E\\CC\\81lodie',
  'cn=éLODIE',
  'cn=straße',
  'cn=Ünal\\+x',
  'cn=\\#x',
  'cn=a\\\\b\\3db',
  'ou=x',
  'ou=X',
  'ou=y',
  'cn=x+sn=y',
  'SN=Y+CN=X',
  'cn=x+uid=a',
  'cn=x + sn=y',
  'dc=été',
  'c=FR',
  'mail=a@example.org',
  'telephoneNumber=+33 1',
] as const
const oddRdns = [
  'nosuch=1',
  'uid',
  '=a',
  'uid=',
  'uid=\\zz',
  'uid=a\\',
  'uid=a,',
  'uid=a+',
  'cn=\\C3',
  'cn=a\0b',
  'cn=x+cn=x',
  'cn=x+cn=y',
  'cn=x+commonName=z',
  'uid=a<b',
  'createTimestamp=20260101000000Z',
  '1.2.3.4=x',
  'uid==a',
] as const

const rdn = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...rdns) },
  { weight: 1, arbitrary: fc.constantFrom(...oddRdns) },
)
/** Names one and two levels below the base, and now and then the base itself, spelt in another way. */
const place = fc.oneof(
  { weight: 10, arbitrary: rdn.map((one) => (base: string) => `${one},${base}`) },
  {
    weight: 4,
    arbitrary: fc.tuple(rdn, rdn).map(
      ([one, two]) =>
        (base: string) =>
          `${one},${two},${base}`,
    ),
  },
  { weight: 1, arbitrary: fc.constant((base: string) => base.toUpperCase()) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('', 'dc=elsewhere', 'cn=Subschema', 'nonsense').map((name) => () => name),
  },
)

const newRdn = rdn.filter((one) => !one.startsWith('createTimestamp'))

const words = fc.constantFrom(
  'a',
  'A',
  ' a ',
  'b',
  'Jean  Dupont',
  'jean dupont',
  'Élodie',
  'éLODIE',
  'E\u0301lodie',
  'straße',
  'ﬁn',
  'fin',
  'x',
  'y',
  'ＡＢＣ',
  'abc',
  '\u00a0x',
  'ı',
  'I',
  'i',
  'K',
  'k',
  '',
  ' ',
  'a\0b',
  '日本',
  'Ünal+x',
  'Dupont, Jean',
  'a\\b=b',
  '#x',
)
const bytes = (text: string): Buffer => Buffer.from(text)
const anyBytes = fc.constantFrom(Buffer.from([0xc3]), Buffer.from([0xff, 0xfe]), Buffer.from([0]))
const value: Readonly<Record<string, fc.Arbitrary<Buffer>>> = {
  uid: words.map(bytes),
  cn: fc.oneof(
    { weight: 10, arbitrary: words.map(bytes) },
    { weight: 1, arbitrary: fc.constantFrom(Buffer.from([0xc3]), Buffer.from([0xff, 0xfe])) },
  ),
  'cn;lang-fr': words.map(bytes),
  'CN;LANG-FR;x-y': words.map(bytes),
  'cn;lang-en;lang-fr': words.map(bytes),
  sn: words.map(bytes),
  surname: words.map(bytes),
  givenName: words.map(bytes),
  description: words.map(bytes),
  title: words.map(bytes),
  ou: words.map(bytes),
  o: words.map(bytes),
  l: words.map(bytes),
  dc: words.map(bytes),
  mail: fc.constantFrom('a@example.org', 'A@EXAMPLE.org', 'é@example.org', '', 'a').map(bytes),
  c: fc.constantFrom('FR', 'fr', 'FRA', 'é', '').map(bytes),
  telephoneNumber: fc.constantFrom('+33 1 44', '+33144', '+33-1-44', 'é', '', ' ', 'x').map(bytes),
  facsimileTelephoneNumber: fc.constantFrom('+33 1 44', '+33$fineResolution', 'é').map(bytes),
  seeAlso: fc
    .constantFrom('uid=a,dc=x', 'UID=A, dc=X', 'nonsense', 'nosuch=1', '', 'cn=x+sn=y', 'sn=Y+cn=X')
    .map(bytes),
  member: fc.constantFrom('uid=a,dc=x', 'UID=A, dc=X', 'nonsense', '').map(bytes),
  uniqueMember: fc
    .constantFrom('uid=a,dc=x', "uid=a,dc=x#'0101'B", "UID=A,dc=x#'0101'B", 'nonsense')
    .map(bytes),
  userPassword: fc.constantFrom('secret', 'Secret', '').map(bytes),
  postalAddress: fc.constantFrom('1 rue X$75005 Paris', '1 RUE x$75005 paris', 'é', '', '$').map(bytes),
  x121Address: fc.constantFrom('12 34', '1234', 'x', '').map(bytes),
  destinationIndicator: fc.constantFrom('abc', 'ABC', 'é').map(bytes),
  preferredDeliveryMethod: fc.constantFrom('any', 'mhs $ telephone', 'nonsense').map(bytes),
  supannListeRouge: fc.constantFrom('TRUE', 'FALSE', 'true', 'maybe').map(bytes),
  supannEtuId: fc.constantFrom('21100001', 'x', '').map(bytes),
  supannCivilite: fc.constantFrom('M.', 'Mme', 'x').map(bytes),
  supannCodeINE: words.map(bytes),
  eduPersonAffiliation: fc.constantFrom('student', 'STUDENT', 'x').map(bytes),
  eduPersonPrincipalName: fc.constantFrom('a@example.org', 'A@example.org').map(bytes),
  eduPersonOrgDN: fc.constantFrom('dc=x', 'nonsense').map(bytes),
  schacDateOfBirth: fc.constantFrom('20010203', 'x', '').map(bytes),
  displayName: words.map(bytes),
  employeeNumber: words.map(bytes),
  preferredLanguage: fc.constantFrom('fr', 'FR', '').map(bytes),
  labeledURI: fc.constantFrom('http://x.org A', 'é').map(bytes),
  jpegPhoto: anyBytes,
  'userCertificate;binary': fc.constant(Buffer.from([0x30, 0])),
  objectClass: fc
    .constantFrom(
      'person',
      'PERSON',
      'inetOrgPerson',
      '2.5.6.6',
      'top',
      'nosuch',
      'account',
      'domain',
      'eduPerson',
      'supannPerson',
      'organizationalUnit',
      'dcObject',
      'uidObject',
      'extensibleObject',
      'groupOfNames',
      'country',
      '',
    )
    .map(bytes),
  nosuch: words.map(bytes),
  createTimestamp: fc.constantFrom('20260101000000Z', 'x').map(bytes),
  entryUUID: fc.constantFrom('f47ac10b-58cc-4372-a567-0e02b2c3d479', 'x').map(bytes),
  modifiersName: fc.constantFrom('cn=x', 'x').map(bytes),
  hasSubordinates: fc.constantFrom('TRUE', 'FALSE').map(bytes),
  structuralObjectClass: fc.constantFrom('person', 'account').map(bytes),
  entryDN: fc.constantFrom('uid=a,dc=x', 'x').map(bytes),
}
const common = [
  'uid',
  'cn',
  'sn',
  'description',
  'ou',
  'telephoneNumber',
  'seeAlso',
  'userPassword',
  'l',
  'title',
  'displayName',
  'mail',
]
const type = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...common) },
  { weight: 2, arbitrary: fc.constantFrom(...Object.keys(value)) },
)
const attributeOf = (name: string, least: number): fc.Arbitrary<Attribute> =>
  fc
    .array(value[name] ?? words.map(bytes), { minLength: least, maxLength: 3 })
    .map((values) => ({ type: name, values }))

const classes: fc.Arbitrary<readonly string[]> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.constantFrom(
      ['inetOrgPerson'],
      ['top', 'person', 'uidObject'],
      ['organizationalUnit'],
      ['inetOrgPerson', 'eduPerson', 'supannPerson'],
      ['account', 'simpleSecurityObject'],
      ['organizationalUnit', 'uidObject', 'extensibleObject'],
      ['organizationalUnit', 'extensibleObject'],
      ['INETORGPERSON', '2.5.6.7'],
      ['groupOfNames'],
      ['domain'],
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      [],
      ['nosuch'],
      ['top'],
      ['person', 'account'],
      ['uidObject'],
      ['person', 'person'],
      ['person', 'PERSON'],
      ['inetOrgPerson', 'organizationalUnit'],
      ['country'],
      ['subschema'],
      ['extensibleObject'],
    ),
  },
)
const needed: Readonly<Record<string, readonly string[]>> = {
  inetOrgPerson: ['cn', 'sn'],
  INETORGPERSON: ['cn', 'sn'],
  person: ['cn', 'sn'],
  organizationalUnit: ['ou'],
  account: ['uid'],
  simpleSecurityObject: ['userPassword'],
  uidObject: ['uid'],
  groupOfNames: ['cn', 'member'],
  domain: ['dc'],
}
const goodWord = fc.constantFrom('a', 'b', 'x', 'y', 'Jean Dupont', 'Élodie', 'straße')
const goodValue = (name: string): fc.Arbitrary<Buffer> =>
  name === 'member' ? fc.constant(bytes('uid=a,dc=x')) : goodWord.map(bytes)

const entry: fc.Arbitrary<Attribute[]> = classes.chain((names) => {
  const must = [...new Set(names.flatMap((name) => needed[name] ?? []))]
  return fc
    .tuple(
      fc.constant({ type: 'objectClass', values: names.map(bytes) }),
      fc.tuple(...must.map((name) => goodValue(name).map((one) => ({ type: name, values: [one] })))),
      fc.array(
        type.chain((name) => attributeOf(name, name === 'nosuch' ? 1 : 1)),
        { maxLength: 2 },
      ),
      fc.integer({ min: 0, max: 19 }),
    )
    .map(([classAttribute, required, more, drop]) => {
      const all: Attribute[] = [classAttribute, ...required]
      for (const one of more) {
        // Twice the same attribute is asked now and then only.
        if (drop === 1 || !all.some((each) => each.type.toLowerCase() === one.type.toLowerCase()))
          all.push(one)
      }
      return drop === 0 ? all.slice(1) : all
    })
})

const changeKind = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom<ChangeKind>('add', 'delete', 'replace') },
  { weight: 2, arbitrary: fc.constant<ChangeKind>('increment') },
  { weight: 1, arbitrary: fc.constant(null) },
)
const change = fc
  .tuple(changeKind, type)
  .chain(([operation, name]) => attributeOf(name, 0).map((attribute) => ({ operation, attribute })))

/** slapd hangs up on an empty one, which RFC 4511 does not allow. */
const piece = words.filter((text) => text !== '').map(bytes)
const leaf: fc.Arbitrary<Filter> = fc.oneof(
  type.map((name) => ({ kind: 'present' as const, type: name })),
  fc
    .tuple(fc.constantFrom('equal' as const, 'greater' as const, 'less' as const, 'approx' as const), type)
    .chain(([kind, name]) =>
      (value[name] ?? words.map(bytes)).map((one) => ({ kind, type: name, value: one })),
    ),
  fc
    .tuple(type, fc.option(piece), fc.array(piece, { maxLength: 2 }), fc.option(piece))
    .filter(([, initial, any, final]) => initial !== null || any.length > 0 || final !== null)
    .map(([name, initial, any, final]) => ({ kind: 'substrings' as const, type: name, initial, any, final })),
  fc
    .tuple(
      fc.constantFrom(null, 'caseIgnoreMatch', '2.5.13.5', 'distinguishedNameMatch', 'nosuchMatch'),
      fc.option(type),
      words.map(bytes),
      fc.boolean(),
    )
    .filter(([rule, name]) => rule !== null || name !== null)
    .map(([rule, name, one, dnAttributes]) => ({
      kind: 'extensible' as const,
      rule,
      type: name,
      value: one,
      dnAttributes,
    })),
)
const filter: fc.Arbitrary<Filter> = fc.letrec<{ one: Filter }>((tie) => ({
  one: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    fc
      .tuple(fc.constantFrom('and' as const, 'or' as const), fc.array(tie('one'), { maxLength: 3 }))
      .map(([kind, of]) => ({ kind, of })),
    tie('one').map((of) => ({ kind: 'not' as const, of })),
  ),
})).one

const selectors = fc.array(
  fc.constantFrom(
    '*',
    '+',
    '1.1',
    'cn',
    'CN',
    'name',
    'sn',
    '2.5.4.4',
    'cn;lang-fr',
    'nosuch',
    '@person',
    'description',
    'userPassword',
    'objectClass',
    'entryDN',
    'hasSubordinates',
    'structuralObjectClass',
    'creatorsName',
  ),
  { maxLength: 3 },
)
/** Read controls of slapd know no classes, and refuse names that nobody knows. */
const readSelectors = selectors.map((names) =>
  names.filter((name) => name !== 'nosuch' && name !== '@person'),
)
const selection = (names: readonly string[]): Buffer => {
  const to = new Writer().begin(0x30)
  for (const name of names) to.text(name)
  return to.end().take()
}
const asserting = (one: Filter): Buffer => {
  const to = new Writer()
  writeFilter(to, one)
  return to.take()
}
const sortKey = fc.record({
  type: fc.constantFrom(
    'cn',
    'sn',
    'uid',
    'description',
    'ou',
    'cn;lang-fr',
    'entryCSN',
    'objectClass',
    'nosuch',
  ),
  rule: fc.constantFrom(null, 'caseIgnoreOrderingMatch', '2.5.13.3', '2.5.13.6', '2.5.13.2', 'nosuchMatch'),
  reverse: fc.boolean(),
})
/** No assertion that cannot be read: slapd 2.5.13 ends with one. */
const oneControl: fc.Arbitrary<Control> = fc.oneof(
  filter.map((one) => ({ oid: control.assertion, critical: true, value: asserting(one) })),
  fc
    .tuple(fc.boolean(), readSelectors)
    .map(([critical, names]) => ({ oid: control.preRead, critical, value: selection(names) })),
  fc
    .tuple(fc.boolean(), readSelectors)
    .map(([critical, names]) => ({ oid: control.postRead, critical, value: selection(names) })),
  fc.boolean().map((critical) => ({ oid: '1.2.3.4', critical, value: null })),
  fc.boolean().map((critical) => ({ oid: control.manageDsaIt, critical, value: null })),
  fc
    .tuple(fc.boolean(), fc.array(sortKey, { minLength: 1, maxLength: 3 }))
    .map(([critical, keys]) => ({ oid: control.sortRequest, critical, value: writeSort(keys) })),
  fc
    .constantFrom(1, 3, 100)
    .map((size) => ({ oid: control.pagedResults, critical: true, value: writePage(size, Buffer.alloc(0)) })),
)
const controls = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Control[]>([]) },
  { weight: 2, arbitrary: fc.array(oneControl, { minLength: 1, maxLength: 2 }) },
)

const scope = fc.constantFrom<Scope>('base', 'one', 'subtree', 'children')
const request: fc.Arbitrary<(base: string) => Request> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .tuple(place, entry)
      .map(([at, attributes]) => (base: string): Request => ({ kind: 'add', dn: at(base), attributes })),
  },
  {
    weight: 6,
    arbitrary: fc
      .tuple(place, fc.array(change, { minLength: 1, maxLength: 3 }))
      .map(([at, changes]) => (base: string): Request => ({ kind: 'modify', dn: at(base), changes })),
  },
  { weight: 2, arbitrary: place.map((at) => (base: string): Request => ({ kind: 'delete', dn: at(base) })) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(place, newRdn, fc.boolean(), fc.option(place))
      .map(([at, name, deleteOldRdn, above]) => (base: string): Request => ({
        kind: 'rename',
        dn: at(base),
        newRdn: name,
        deleteOldRdn,
        newSuperior: above ? above(base) : null,
      })),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(place, type).chain(([at, name]) =>
      (value[name] ?? words.map(bytes)).map((one) => (base: string): Request => ({
        kind: 'compare',
        dn: at(base),
        type: name,
        value: one,
      })),
    ),
  },
  {
    weight: 6,
    arbitrary: fc
      .tuple(
        fc.option(place, { freq: 2 }),
        scope,
        filter,
        selectors,
        fc.boolean(),
        fc.constantFrom(0, 0, 0, 1, 2),
      )
      .map(([at, within, one, attributes, typesOnly, sizeLimit]) => (base: string): Request => ({
        kind: 'search',
        base: at ? at(base) : base,
        scope: within,
        deref: 0,
        sizeLimit,
        timeLimit: 0,
        typesOnly,
        filter: one,
        attributes,
      })),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(extension.whoAmI, '1.2.3.4')
      .map((oid) => (): Request => ({ kind: 'extended', oid, value: null })),
  },
)

export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc
    .tuple(request, controls)
    .map(([make, given]): Step => (base) => ({ request: make(base), controls: given })),
  { minLength: 3, maxLength: 14 },
)
