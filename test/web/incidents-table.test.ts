import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packageRoot } from '../../platform/root.ts'
import { titlesIn } from '../run/titles.ts'

/** docs/incidents.md against the tests: a line there is worth what its proof is. */
const lines = readFileSync(join(packageRoot, 'docs', 'incidents.md'), 'utf8')
  .split('\n')
  .filter((line) => /^\| \d/.test(line))
  .map((line) => {
    const [number = '', , , proof = ''] = line.slice(2, -2).split(' | ')
    const [file = '', title = ''] = proof.split(' › ')
    return { number, file, title }
  })

test('every incident that concerns page or letters has its line', () => {
  const numbers = new Set(lines.map(({ number }) => Number(number)))
  expect([...numbers]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 19, 20, 21, 22])
})

test.each(lines)('$number: $title', ({ file, title }) => {
  expect([...titlesIn(file)]).toContain(title)
})
