import { MalformedError, Reader } from './ber-reader.ts'
import { Writer } from './ber-writer.ts'

/** By what answers are to be sorted (RFC 2891 §1.1): a description and a rule as received; `rule` null for the ordering
 *  rule of the attribute. */
export interface SortKey {
  readonly type: string
  readonly rule: string | null
  readonly reverse: boolean
}

/** The value of a sort request control (RFC 2891 §1.1), the first key counting most. @throws MalformedError */
export function readSort(value: Buffer): SortKey[] {
  const outer = new Reader(value)
  const list = outer.enter(0x30)
  outer.finish()
  const keys: SortKey[] = []
  while (list.more) {
    const one = list.enter(0x30)
    const type = one.text()
    const rule = one.peek() === 0x80 ? one.text(0x80) : null
    const reverse = one.peek() === 0x81 ? one.boolean(0x81) : false
    one.finish()
    keys.push({ type, rule, reverse })
  }
  if (keys.length === 0) throw new MalformedError('nothing to sort by')
  return keys
}

/** As `readSort` reads it (RFC 2891 §1.1). */
export function writeSort(keys: readonly SortKey[]): Buffer {
  const to = new Writer(64).begin(0x30)
  for (const { type, rule, reverse } of keys) {
    to.begin(0x30).text(type)
    if (rule !== null) to.text(rule, 0x80)
    if (reverse) to.boolean(true, 0x81)
    to.end()
  }
  return to.end().take()
}

/** What became of sorting (RFC 2891 §1.2): a result code, and the attribute that it is about. */
export interface SortResult {
  readonly code: number
  readonly type: string | null
}

/** The value of a sort response control (RFC 2891 §1.2). */
export function writeSortResult({ code, type }: SortResult): Buffer {
  const to = new Writer(32).begin(0x30).integer(code, 0x0a)
  if (type !== null) to.text(type, 0x80)
  return to.end().take()
}

/** As `writeSortResult` writes it (RFC 2891 §1.2). @throws MalformedError */
export function readSortResult(value: Buffer): SortResult {
  const outer = new Reader(value)
  const from = outer.enter(0x30)
  outer.finish()
  const code = from.integer(0x0a)
  const type = from.peek() === 0x80 ? from.text(0x80) : null
  from.finish()
  return { code, type }
}
