import type { Schema } from '../ldap-protocol/schema.ts'
import { within } from './entry.ts'

/** Rights, each including those before it. `disclose` lets the existence be known, `auth` lets a bind
 *  compare a password. */
const ladder = ['none', 'disclose', 'auth', 'compare', 'search', 'read', 'write'] as const
export type Right = (typeof ladder)[number]
const levelOf = Object.fromEntries(ladder.map((right, level) => [right, level])) as Record<Right, number>

/** Whom a rule speaks of. `self` is the entry bound as; `under` is everybody below a name. */
export type Who =
  'anyone' | 'anonymous' | 'authenticated' | 'self' | { readonly dn: string } | { readonly under: string }

/** One rule. For an asker, an entry and an attribute, the first rule that fits all three decides; where none
 *  fits there is no right. `ordinary` is the entry itself and every attribute but those that hold verifiers
 *  (`userPassword`), which a rule must name. The name `entry` stands for the entry itself: returning it takes
 *  `read`, adding, renaming or deleting it `write`. Names are compared in normal form, so that case, spaces
 *  and escapes open no way around. */
export interface AccessRule {
  readonly who: Who
  /** Where the rule holds; '' with scope `base` is the root DSE. */
  readonly base: string
  readonly scope: 'base' | 'subtree' | 'children'
  readonly attributes: 'ordinary' | readonly string[]
  readonly right: Right
}

/** The rights of one asker on one entry. */
export interface View {
  /** Whether the asker has `right` on the attribute with this key (`entry` for the entry itself). */
  may(right: Right, key: string): boolean
}

interface Compiled {
  readonly who: 'anyone' | 'anonymous' | 'authenticated' | 'self' | 'dn' | 'under'
  readonly name: string
  readonly base: string
  readonly scope: AccessRule['scope']
  readonly keys: ReadonlySet<string> | null
  readonly level: number
}

const verifierKeys: ReadonlySet<string> = new Set(['userpassword'])

/** What the rules that fit an asker and an entry say, each attribute looked up once. */
class Decided implements View {
  readonly #fitting: readonly Compiled[]
  readonly #levels = new Map<string, number>()

  constructor(fitting: readonly Compiled[]) {
    this.#fitting = fitting
  }

  may(right: Right, key: string): boolean {
    let level = this.#levels.get(key)
    if (level === undefined) {
      const rule = this.#fitting.find(({ keys }) => (keys ? keys.has(key) : !verifierKeys.has(key)))
      level = rule?.level ?? 0
      this.#levels.set(key, level)
    }
    return level >= levelOf[right]
  }
}

/** Which rules fit so far, and where it goes on when the next does or does not. */
interface Fork {
  readonly fitting: readonly Compiled[]
  fits: Fork | null
  fails: Fork | null
  view: View | null
}

/** Decides who may do what. */
export class Access {
  readonly #rules: readonly Compiled[]
  /** Those that can speak of nobody: every bind asks for no others. */
  readonly #rulesOfNobody: readonly Compiled[]
  /** Entries side by side mostly fit the same rules: the way to their rights is found again. As many ends as there are
   *  combinations of rules that occur. */
  readonly #start: Fork = { fitting: [], fits: null, fails: null, view: null }
  readonly #startOfNobody: Fork = { fitting: [], fits: null, fails: null, view: null }

  /** @throws Error when a rule names something that is no name or no attribute of the schema */
  constructor(rules: readonly AccessRule[], schema: Schema) {
    this.#rules = rules.map((rule, at) => compile(rule, schema, at))
    this.#rulesOfNobody = this.#rules.filter((rule) => speaksOf(rule, null, ''))
  }

  /** The rights of `asker` (a normal name, null for anonymous) on the entry `target` (a normal name). */
  view(asker: string | null, target: string): View {
    let at = asker === null ? this.#startOfNobody : this.#start
    for (const rule of asker === null ? this.#rulesOfNobody : this.#rules) {
      const { fitting } = at
      if (speaksOf(rule, asker, target) && holdsAt(rule, target)) {
        at = at.fits ??= { fitting: [...fitting, rule], fits: null, fails: null, view: null }
      } else at = at.fails ??= { fitting, fits: null, fails: null, view: null }
    }
    return (at.view ??= new Decided(at.fitting))
  }
}

/** Everything is allowed: for what the house itself writes. */
export const everything: View = { may: () => true }

function speaksOf(rule: Compiled, asker: string | null, target: string): boolean {
  switch (rule.who) {
    case 'anyone':
      return true
    case 'anonymous':
      return asker === null
    case 'authenticated':
      return asker !== null
    case 'self':
      return asker !== null && asker === target
    case 'dn':
      return asker === rule.name
    case 'under':
      return asker !== null && asker !== rule.name && within(asker, rule.name)
  }
}

function holdsAt(rule: Compiled, target: string): boolean {
  if (rule.scope === 'base') return target === rule.base
  return within(target, rule.base) && (rule.scope === 'subtree' || target !== rule.base)
}

function compile(rule: AccessRule, schema: Schema, at: number): Compiled {
  const normal = (text: string): string => {
    const name = schema.dn(text)
    if (name === null) throw new Error(`access rule ${at + 1}: ${text} is not a name`)
    return name
  }
  const keys = (names: readonly string[]): Set<string> =>
    new Set(
      names.map((name) => {
        const key = name === 'entry' ? name : schema.type(name)?.key
        if (key === undefined) throw new Error(`access rule ${at + 1}: attribute ${name} is unknown`)
        return key
      }),
    )
  const common = {
    base: normal(rule.base),
    scope: rule.scope,
    keys: rule.attributes === 'ordinary' ? null : keys(rule.attributes),
    level: ladder.indexOf(rule.right),
  }
  if (typeof rule.who === 'string') return { ...common, who: rule.who, name: '' }
  if ('dn' in rule.who) return { ...common, who: 'dn', name: normal(rule.who.dn) }
  return { ...common, who: 'under', name: normal(rule.who.under) }
}
