import type { Attributes, Change } from '../domain/entry.ts'

/** One attribute that a plan would change; null in the place of a secret, which is told to nobody. */
export interface ShownAttribute {
  readonly name: string
  readonly from: readonly string[] | null
  readonly to: readonly string[] | null
}

/** A change as a person is shown it. */
export interface ShownChange {
  readonly kind: Change['kind']
  readonly dn: string
  /** The new name, for a rename. */
  readonly to?: string
  readonly attributes: readonly ShownAttribute[]
}

const secret = /passw|secret|nthash|krbprincipalkey/i
const widest = 60

/** What a change makes of an entry of which `found` was read, attribute by attribute. Pure. */
export function shown(change: Change, found: Attributes): ShownChange {
  const { kind, dn } = change
  const replaced = kind === 'add' ? change.attributes : kind === 'modify' ? change.replace : {}
  const before = kind === 'modify' ? found : {}
  const attributes = Object.entries(replaced).map(([name, to]) =>
    secret.test(name) ? { name, from: null, to: null } : { name, from: before[name] ?? [], to },
  )
  return { kind, dn, ...(kind === 'rename' ? { to: change.to } : {}), attributes }
}

/** The same as lines of text. Of an attribute with many values only those are told that come and go. */
export function linesOf(number: string, { kind, dn, to, attributes }: ShownChange): string[] {
  const width = Math.max(0, ...attributes.map(({ name }) => name.length))
  return [
    `  ${number}  ${kind}  ${dn}${to === undefined ? '' : ` → ${to}`}`,
    ...attributes.map((each) => `      ${each.name.padEnd(width)}  ${told(each, kind)}`),
  ]
}

function told({ from, to }: ShownAttribute, kind: Change['kind']): string {
  if (from === null || to === null) return '(not shown)'
  if (kind === 'add') return listed(to)
  if (from.length > 1 || to.length > 1) {
    const goes = from.filter((value) => !to.includes(value)).map((value) => `- ${quoted(value)}`)
    const comes = to.filter((value) => !from.includes(value)).map((value) => `+ ${quoted(value)}`)
    return [...goes, ...comes].join('  ')
  }
  return `${listed(from)} → ${listed(to)}`
}

function listed(values: readonly string[]): string {
  return values.length === 0 ? '(none)' : values.map(quoted).join(', ')
}

/** In quotes, so that spaces are seen and nothing in it is taken for the terminal's. */
function quoted(value: string): string {
  const letters = Array.from(value)
  const text = JSON.stringify(letters.slice(0, widest).join('')).replace(
    /[\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return letters.length > widest ? `${text}…` : text
}
