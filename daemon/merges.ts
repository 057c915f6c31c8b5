import { readFile } from 'node:fs/promises'
import { parse } from 'csv-parse/sync'
import { asIdentityError, IdentityError } from '../platform/error.ts'
import { writeMerges, type Merge } from '../registry/merges.ts'
import type { Rooms } from './rooms.ts'

/** Takes what a person has decided of students who were recorded twice (`source.merges`: a file OLD;NEW): the old number
 *  has no right any more, and what it has leaves as for anybody who loses it, under the same brakes; the new one is
 *  untouched. A line taken out gives the right back. A file that cannot be read changes nothing and is told. */
export async function takeMerges({ registry, rules, log }: Rooms): Promise<void> {
  if (rules.mergesPath === null) return
  try {
    const merges = mergesIn(await readFile(rules.mergesPath, 'utf8'))
    const unknown = await writeMerges(registry.db, merges)
    if (unknown.length > 0) log.warn('merges-unknown', { pairs: unknown.length })
  } catch (thrown) {
    const error = asIdentityError(thrown)
    log.error('merges-unreadable', { code: error.code, reason: error.message }, error)
  }
}

const number = /^[0-9]{7,8}$/

/** The pairs of a file OLD;NEW. Throws IdentityError MERGES_INVALID, with the line, when it is not one; nothing of it is
 *  taken then. */
export function mergesIn(text: string): Merge[] {
  const [header, ...rows] = rowsIn(text)
  if (header?.join(';') !== 'OLD;NEW') throw invalid(1, 'must say OLD;NEW')
  const merges = new Map<string, string>()
  for (const [index, [old = '', into = '', ...more]] of rows.entries()) {
    const line = index + 2
    if (more.length > 0 || !number.test(old) || !number.test(into))
      throw invalid(line, 'must be two student numbers')
    if (old === into) throw invalid(line, 'is twice the same number')
    if ((merges.get(old) ?? into) !== into)
      throw invalid(line, 'says something else of that number than a line before')
    merges.set(old, into)
  }
  for (const old of merges.keys()) {
    const met = new Set([old])
    for (let at = merges.get(old); at !== undefined; at = merges.get(at)) {
      if (met.has(at)) throw invalid(1, 'goes round in a circle: nobody would be left')
      met.add(at)
    }
  }
  return [...merges].map(([old, into]) => ({ old, into }))
}

function rowsIn(text: string): string[][] {
  try {
    return parse(text, {
      delimiter: ';',
      bom: true,
      trim: true,
      skip_empty_lines: true,
      relax_column_count: true,
    })
  } catch (cause) {
    throw new IdentityError('MERGES_INVALID', 'merges: is not a file of values between semicolons', { cause })
  }
}

function invalid(line: number, sentence: string): IdentityError {
  return new IdentityError('MERGES_INVALID', `merges, line ${line}: ${sentence}`)
}
