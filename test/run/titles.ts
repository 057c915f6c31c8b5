import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { packageRoot } from '../../platform/root.ts'

/** Titles of the tests that a file runs: neither skipped, nor to be written, nor left out by another. */
export function titlesIn(file: string): Set<string> {
  const text = readFileSync(join(packageRoot, file), 'utf8')
  expect(text, file).not.toMatch(/\b(test|it|describe)\.(skip|todo|only|fails)\b|\.skipIf\(|\.runIf\(/)
  // `test('…'` and the second bracket of `test.each(…)('…'`, which may stand on a line of its own.
  const titles = text.matchAll(/(?:\btest\(|\)\()\s*(['"`])((?:(?!\1).|\\.)*)\1,/g)
  return new Set([...titles].map(([, , title = '']) => title))
}
