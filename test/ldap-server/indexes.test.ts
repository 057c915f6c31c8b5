import fc from 'fast-check'
import { expect, it } from 'vitest'
import { compileFilter } from '../../ldap-protocol/filter-match.ts'
import type { Filter } from '../../ldap-protocol/filter.ts'
import { Schema } from '../../ldap-protocol/schema.ts'
import { everything } from '../../ldap-server/access.ts'
import { encodeAttributes, entryOf } from '../../ldap-server/entry.ts'
import type { Node } from '../../ldap-server/entry.ts'
import { Tree } from '../../ldap-server/tree.ts'
import { Seen } from '../../ldap-server/view.ts'
import { schemaTexts } from './running.ts'

const schema = new Schema(schemaTexts)
const types = [
  'cn',
  'sn',
  'mail',
  'description',
  'uidNumber',
  'createTimestamp',
  'name',
  'cn;lang-fr',
] as const
const indexes = [
  'cn pres,eq,sub',
  'sn eq,sub',
  'name sub,pres',
  'mail eq,sub',
  'description pres',
  'uidNumber eq,order',
  'createTimestamp order',
]

const letters = fc
  .array(fc.constantFrom('a', 'B', 'A', 'é a'), { minLength: 1, maxLength: 6 })
  .map((all) => all.join(''))
const valueOf = (type: string): fc.Arbitrary<string> =>
  type === 'uidNumber'
    ? fc.integer({ min: -20, max: 20 }).map(String)
    : type === 'createTimestamp'
      ? fc.integer({ min: 10, max: 28 }).map((day) => `202601${day}000000Z`)
      : type === 'mail'
        ? fc.constantFrom('abc@x.org', 'ABC@x.org', 'abcd@y.org', 'b@x.org')
        : letters
const attribute = fc
  .constantFrom(...types)
  .filter((type) => type !== 'name')
  .chain((type) =>
    fc.array(valueOf(type), { minLength: 1, maxLength: 3 }).map((values) => [type, values] as const),
  )
const state = fc.array(attribute, { maxLength: 4 }).map((all) => new Map(all))

const leaf: fc.Arbitrary<Filter> = fc.constantFrom(...types).chain((type) => {
  const value = valueOf(type).map((text) => Buffer.from(text))
  return fc.oneof(
    fc.constant({ kind: 'present' as const, type }),
    fc
      .tuple(fc.constantFrom('equal' as const, 'greater' as const, 'less' as const), value)
      .map(([kind, one]) => ({ kind, type, value: one })),
    fc
      .tuple(fc.option(value), fc.array(value, { maxLength: 2 }), fc.option(value))
      .map(([initial, any, final]) => ({ kind: 'substrings' as const, type, initial, any, final })),
  )
})
const filter: fc.Arbitrary<Filter> = fc.oneof(
  { weight: 4, arbitrary: leaf },
  {
    weight: 1,
    arbitrary: fc.array(leaf, { minLength: 1, maxLength: 3 }).map((of) => ({ kind: 'and' as const, of })),
  },
  {
    weight: 1,
    arbitrary: fc.array(leaf, { minLength: 1, maxLength: 3 }).map((of) => ({ kind: 'or' as const, of })),
  },
)

it('what a filter matches is among the candidates, whatever was added, changed, taken back and removed', () => {
  const step = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.option(state, { freq: 4 }), fc.boolean())
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 1, maxLength: 25 }),
      fc.array(filter, { minLength: 1, maxLength: 12 }),
      (steps, filters) => {
        const tree = new Tree(schema, indexes)
        for (const [id, attributes, back] of steps) {
          const normal = `uid=${id}`
          const node = tree.find(normal)
          if (attributes) {
            const list = [...attributes].map(([type, values]) => ({
              type,
              values: values.map((one) => Buffer.from(one)),
            }))
            const undo = tree.put(entryOf(id, normal, normal, encodeAttributes(list)))
            if (back) undo()
          } else if (node) {
            const undo = tree.remove(node)
            if (back) undo()
          }
          // An index by order is sorted when it is asked first, and kept so from then on.
          if (back) tree.indexes.candidates({ kind: 'greater', type: 'uidNumber', value: Buffer.from('0') })
        }
        for (const one of filters) {
          const test = compileFilter(one, schema)
          const matching: Node[] = [...tree.nodes()].filter(
            (node) => test(Seen.of(node.entry, false, everything, schema)) === true,
          )
          const candidates = tree.indexes.candidates(one)
          for (const node of matching) expect(candidates === null || candidates.includes(node)).toBe(true)
          for (const node of candidates ?? []) expect(tree.find(node.entry.normal)).toBe(node)
        }
      },
    ),
    { numRuns: 1_500 },
  )
})
