import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packageRoot } from '../../platform/root.ts'
import { settingsJsonSchema, settingsMarkdown } from '../../platform/settings/document.ts'

interface Node {
  description?: string
  properties?: Record<string, Node>
  writeOnly?: boolean
  additionalProperties?: unknown
}

const schema = JSON.parse(settingsJsonSchema()) as Node

test('the schema and the page on settings are those that the code makes', () => {
  const read = (name: string) => readFileSync(join(packageRoot, name), 'utf8')
  expect(read('schemas/settings/matricule.schema.json')).toBe(settingsJsonSchema())
  expect(read('docs/settings.md')).toBe(settingsMarkdown())
})

test('every key of the schema has a description, and nothing else is let in', () => {
  const without: string[] = []
  const open: string[] = []
  const walk = (node: Node, path: string) => {
    if (node.description === undefined) without.push(path)
    if (node.properties !== undefined && node.additionalProperties !== false) open.push(path)
    for (const [name, child] of Object.entries(node.properties ?? {})) walk(child, `${path}.${name}`)
  }
  walk(schema, '')
  expect(without).toEqual([])
  expect(open).toEqual([])
})

test('secrets are marked as never to be shown', () => {
  const text = settingsJsonSchema()
  expect(text.match(/"writeOnly": true/g)?.length).toBeGreaterThanOrEqual(4)
  expect(text).not.toContain('"secret"')
})
