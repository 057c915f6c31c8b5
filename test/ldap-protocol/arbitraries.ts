import fc from 'fast-check'
import type { Filter } from '../../ldap-protocol/filter.ts'
import type { Attribute, Control, Message, Request, Response, Result } from '../../ldap-protocol/message.ts'

/** Text that survives UTF-8. */
export const text = fc.string({ unit: 'grapheme', maxLength: 40 }).filter((one) => one.isWellFormed())
export const bytes = fc.uint8Array({ maxLength: 300 }).map((one) => Buffer.from(one))
export const piece = fc.uint8Array({ minLength: 1, maxLength: 20 }).map((one) => Buffer.from(one))
export const description = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,10}(;x-[a-z0-9]{1,4})?$/)

const attribute: fc.Arbitrary<Attribute> = fc.record({
  type: text,
  values: fc.array(bytes, { maxLength: 4 }),
})
const control: fc.Arbitrary<Control> = fc.record({
  oid: fc.constantFrom('1.2.3', '1.2.840.113556.1.4.319', '1.3.6.1.1.12'),
  critical: fc.boolean(),
  value: fc.option(bytes),
})

export const filter: fc.Arbitrary<Filter> = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({ kind: fc.constant('present' as const), type: description }),
    fc.record({
      kind: fc.constantFrom('equal' as const, 'greater' as const, 'less' as const, 'approx' as const),
      type: description,
      value: bytes,
    }),
    fc
      .record({
        kind: fc.constant('substrings' as const),
        type: description,
        initial: fc.option(piece),
        any: fc.array(piece, { maxLength: 3 }),
        final: fc.option(piece),
      })
      .filter(({ initial, any, final }) => initial !== null || final !== null || any.length > 0),
    fc
      .record({
        kind: fc.constant('extensible' as const),
        rule: fc.option(fc.constantFrom('caseExactMatch', '2.5.13.2')),
        type: fc.option(description),
        value: bytes,
        dnAttributes: fc.boolean(),
      })
      .filter(({ rule, type }) => rule !== null || type !== null),
    fc.record({ kind: fc.constant('not' as const), of: tie('filter') }),
    fc.record({
      kind: fc.constantFrom('and' as const, 'or' as const),
      of: fc.array(tie('filter'), { maxLength: 4 }),
    }),
  ),
})).filter

const small = fc.integer({ min: 0, max: 0x7fffffff })

export const request: fc.Arbitrary<Request> = fc.oneof(
  fc.record({
    kind: fc.constant('bind' as const),
    version: fc.integer({ min: 1, max: 127 }),
    name: text,
    auth: fc.oneof(
      fc.record({ kind: fc.constant('simple' as const), password: bytes }),
      fc.record({ kind: fc.constant('sasl' as const), mechanism: text, credentials: fc.option(bytes) }),
    ),
  }),
  fc.constant({ kind: 'unbind' as const }),
  fc.record({
    kind: fc.constant('search' as const),
    base: text,
    scope: fc.constantFrom('base' as const, 'one' as const, 'subtree' as const, 'children' as const, null),
    deref: fc.integer({ min: 0, max: 3 }),
    sizeLimit: small,
    timeLimit: small,
    typesOnly: fc.boolean(),
    filter,
    attributes: fc.array(text, { maxLength: 5 }),
  }),
  fc.record({
    kind: fc.constant('modify' as const),
    dn: text,
    changes: fc.array(
      fc.record({
        operation: fc.constantFrom(
          'add' as const,
          'delete' as const,
          'replace' as const,
          'increment' as const,
          null,
        ),
        attribute,
      }),
      { maxLength: 4 },
    ),
  }),
  fc.record({
    kind: fc.constant('add' as const),
    dn: text,
    attributes: fc.array(attribute, { maxLength: 5 }),
  }),
  fc.record({ kind: fc.constant('delete' as const), dn: text }),
  fc.record({
    kind: fc.constant('rename' as const),
    dn: text,
    newRdn: text,
    deleteOldRdn: fc.boolean(),
    newSuperior: fc.option(text),
  }),
  fc.record({ kind: fc.constant('compare' as const), dn: text, type: text, value: bytes }),
  fc.record({ kind: fc.constant('abandon' as const), id: small }),
  fc.record({ kind: fc.constant('extended' as const), oid: text, value: fc.option(bytes) }),
)

const result: fc.Arbitrary<Result> = fc.record(
  {
    code: fc.integer({ min: 0, max: 0x7fffff }),
    matchedDN: text,
    message: text,
    referrals: fc.array(text, { minLength: 1, maxLength: 3 }),
  },
  { requiredKeys: ['code', 'matchedDN', 'message'] },
)

export const response: fc.Arbitrary<Response> = fc.oneof(
  fc.record({
    kind: fc.constant('result' as const),
    of: fc.constantFrom('bind', 'search', 'modify', 'add', 'delete', 'rename', 'compare'),
    result,
  }),
  fc.record({
    kind: fc.constant('extended' as const),
    result,
    oid: fc.option(text),
    value: fc.option(bytes),
  }),
  fc.record({
    kind: fc.constant('entry' as const),
    dn: text,
    attributes: fc.array(attribute, { maxLength: 6 }),
  }),
  fc.record({ kind: fc.constant('reference' as const), uris: fc.array(text, { maxLength: 3 }) }),
  fc.record({ kind: fc.constant('intermediate' as const), oid: fc.option(text), value: fc.option(bytes) }),
)

export const message = <Operation>(operation: fc.Arbitrary<Operation>): fc.Arbitrary<Message<Operation>> =>
  fc.record({ id: small, operation, controls: fc.array(control, { maxLength: 3 }) })
