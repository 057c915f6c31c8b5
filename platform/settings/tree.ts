/** Values as YAML or JSON give them, before they are judged. */
export type RawTree = Record<string, unknown>

/** Whether `value` is a group of keys. */
export function isTree(value: unknown): value is RawTree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value at `path`, or undefined. */
export function at(tree: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, name) => {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    return (value as Record<PropertyKey, unknown>)[name]
  }, tree)
}

/** Sets the value at `path`, making the groups on the way; false where something that is no group is in the way. */
export function setAt(tree: RawTree, path: readonly string[], value: unknown): boolean {
  const [name, ...rest] = path
  if (name === undefined) return false
  if (rest.length === 0) {
    define(tree, name, value)
    return true
  }
  const inner = Object.hasOwn(tree, name) ? (tree[name] ?? undefined) : undefined
  if (inner === undefined) define(tree, name, {})
  const next = tree[name]
  return isTree(next) && setAt(next, rest, value)
}

/** Removes the value at `path`, if there is one. */
export function removeAt(tree: RawTree, path: readonly PropertyKey[]): void {
  const parent = at(tree, path.slice(0, -1))
  const last = path.at(-1)
  if (typeof parent !== 'object' || parent === null || last === undefined) return
  if (Array.isArray(parent)) parent.splice(Number(last), 1)
  else Reflect.deleteProperty(parent, last)
}

/** `over` laid upon `under`: groups are merged, anything else is replaced. */
export function lay(over: RawTree, under: RawTree): RawTree {
  const laid: RawTree = structuredClone(under)
  for (const [name, value] of Object.entries(over)) {
    const below = Object.hasOwn(laid, name) ? laid[name] : undefined
    define(laid, name, isTree(value) && isTree(below) ? lay(value, below) : structuredClone(value))
  }
  return laid
}

/** Every group that was left empty in the file (null) is a group without keys. */
export function openGroups(tree: RawTree, groups: readonly (readonly string[])[]): void {
  for (const path of groups) if (path.length > 0 && at(tree, path) === null) setAt(tree, path, {})
}

/** Sets an own key, whatever its name: `__proto__` in a file is an unknown key like any other. */
function define(tree: RawTree, name: string, value: unknown): void {
  Object.defineProperty(tree, name, { value, writable: true, enumerable: true, configurable: true })
}

/** Makes `value` and all within unchangeable. */
export function freeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(freeze)
    Object.freeze(value)
  }
  return value
}
