/** Who waits for what: the last in line, by owner and name. */
const lines = new WeakMap<object, Map<string, Promise<void>>>()

/** Waits until whoever asked for `name` of `owner` before has disposed of their turn; then it is ours until disposed.
 *  Turns are given in the order in which they were asked for, within this process. */
export async function turnOf(owner: object, name: string): Promise<Disposable> {
  const line = lines.get(owner) ?? new Map<string, Promise<void>>()
  lines.set(owner, line)
  const before = line.get(name)
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const mine = promise.then(() => undefined)
  line.set(name, mine)
  await before
  return {
    [Symbol.dispose]() {
      if (line.get(name) === mine) line.delete(name)
      resolve(undefined)
    },
  }
}
