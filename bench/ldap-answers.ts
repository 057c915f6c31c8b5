/** Of an answer no more is read than where it ends, whose it is and its code: the client must not be what is measured. */

/** Where the content of the element at `at` begins, and where it ends; beyond what is there when it is not whole. */
export function bounds(bytes: Buffer, at: number, there = bytes.length): [number, number] {
  const first = bytes[at + 1]
  if (first === undefined || at + 1 >= there) return [at, there + 1]
  if (first < 0x80) return [at + 2, at + 2 + first]
  const size = first & 0x7f
  if (at + 2 + size > there) return [at, there + 1]
  return [at + 2 + size, at + 2 + size + bytes.readUIntBE(at + 2, size)]
}

/** Where the operation begins in the message whose content begins at `start`: after its number. */
export function operationAt(bytes: Buffer, start: number): number {
  return start + 2 + (bytes[start + 1] ?? 0)
}

/** The code of the result that begins at `at`: the first element inside. */
export function codeAt(bytes: Buffer, at: number): number {
  const [start] = bounds(bytes, at)
  return bytes[start + 2] ?? -1
}
