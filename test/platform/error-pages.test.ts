import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { errorCodes } from '../../platform/error.ts'
import { packageRoot } from '../../platform/root.ts'

test('every error code has its line in docs/errors.md, and there is no other', async () => {
  const text = await readFile(join(packageRoot, 'docs', 'errors.md'), 'utf8')
  const told = [...text.matchAll(/^\| `([A-Z_]+)` \| (.+) \| (.+) \|$/gm)].map(([, code = '']) => code)
  expect(told).toEqual([...errorCodes])
})
