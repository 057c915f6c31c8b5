import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packageRoot, packageVersion, runsFromSources, workerUrl } from '../../platform/root.ts'

test('the package is found from its own code', () => {
  expect(existsSync(join(packageRoot, 'package.json'))).toBe(true)
  expect(existsSync(join(packageRoot, 'schemas'))).toBe(true)
  expect(packageVersion).toMatch(/^\d+\.\d+\.\d+/)
  expect(runsFromSources).toBe(true)
})

test('a worker is found beside its module, in TypeScript and once built', () => {
  const sources = { url: 'file:///m/platform/judge.ts', filename: '/m/platform/judge.ts' }
  const built = { url: 'file:///m/dist/platform/judge.js', filename: '/m/dist/platform/judge.js' }
  expect(workerUrl('judge-worker', sources).href).toBe('file:///m/platform/judge-worker.ts')
  expect(workerUrl('judge-worker', built).href).toBe('file:///m/dist/platform/judge-worker.js')
})
