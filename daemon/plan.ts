import type { Attributes, Change, Entry } from '../domain/entry.ts'

/** What turns `actual` into `desired` for one student. Pure: no clock, no I/O, the same answer in any order of values.
 *
 *  `managed` are the attributes that are ours: what `desired` does not say of them is removed, and attributes outside
 *  are never mentioned. `objectClass`, when managed, is only added to: classes that others gave an entry stay.
 *
 *  Three laws hold (test/daemon/plan.test.ts): nothing to do once done; order does not matter; what is unmanaged survives. */
export function planOne(desired: Entry | null, actual: Entry | null, managed: readonly string[]): Change[] {
  if (desired === null) return actual === null ? [] : [{ kind: 'remove', id: actual.id, dn: actual.dn }]
  if (actual === null)
    return [{ kind: 'add', id: desired.id, dn: desired.dn, attributes: desired.attributes }]

  const changes: Change[] = []
  const replace: Record<string, readonly string[]> = {}
  for (const name of managed) {
    const has = valuesOf(actual.attributes, name)
    const wanted = valuesOf(desired.attributes, name)
    const wants = name === 'objectClass' ? union(has, wanted) : wanted
    if (!sameValues(wants, has)) replace[name] = wants
  }
  // The password goes first and alone: no other attribute that a directory refuses, and no name, keeps an old one alive.
  const { userPassword, ...others } = replace
  if (userPassword) changes.push({ kind: 'modify', id: desired.id, dn: actual.dn, replace: { userPassword } })
  if (desired.dn !== actual.dn) {
    // Nor does a name that is refused keep a mailbox open.
    const { zimbraAccountStatus } = others
    delete others['zimbraAccountStatus']
    if (zimbraAccountStatus)
      changes.push({ kind: 'modify', id: desired.id, dn: actual.dn, replace: { zimbraAccountStatus } })
    changes.push({ kind: 'rename', id: desired.id, dn: actual.dn, to: desired.dn })
  }
  if (Object.keys(others).length > 0)
    changes.push({ kind: 'modify', id: desired.id, dn: desired.dn, replace: others })
  return changes
}

/** What a change leaves of an entry: how the plan itself is checked, and how a person is shown what would be. */
export function after(actual: Entry | null, changes: readonly Change[]): Entry | null {
  let entry = actual
  for (const change of changes) {
    if (change.kind === 'add') entry = { id: change.id, dn: change.dn, attributes: change.attributes }
    else if (change.kind === 'remove') entry = null
    else if (entry === null) continue
    else if (change.kind === 'rename') entry = { ...entry, dn: change.to }
    else entry = { ...entry, attributes: merged(entry.attributes, change.replace) }
  }
  return entry
}

function merged(attributes: Attributes, replace: Attributes): Attributes {
  return Object.fromEntries(
    Object.entries({ ...attributes, ...replace }).filter(([, values]) => values.length > 0),
  )
}

function valuesOf(attributes: Attributes, name: string): readonly string[] {
  return attributes[name] ?? []
}

function union(one: readonly string[], other: readonly string[]): readonly string[] {
  const known = new Set(one.map((value) => value.toLowerCase()))
  return [...one, ...other.filter((value) => !known.has(value.toLowerCase()))]
}

function sameValues(one: readonly string[], other: readonly string[]): boolean {
  const known = new Set(one)
  const others = new Set(other)
  return known.size === others.size && other.every((value) => known.has(value))
}
