import { chmodSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createAtomically, readSecretFile, writeAtomically } from '../../platform/files.ts'
import { freshFolder } from './folder.ts'

test('a file is replaced whole, with the permissions asked for, and nothing is left beside it', async () => {
  using folder = freshFolder()
  const file = folder.at('keys.csv')
  writeFileSync(file, 'old', { mode: 0o644 })
  await writeAtomically(file, 'new', 0o600)
  expect(readFileSync(file, 'utf8')).toBe('new')
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(readdirSync(folder.path)).toEqual(['keys.csv'])
})

test('writers at the same time leave the whole text of one of them', async () => {
  using folder = freshFolder()
  const texts = Array.from({ length: 20 }, (_, index) => String(index).repeat(10_000))
  await Promise.all(texts.map((text) => writeAtomically(folder.at('file'), text)))
  expect(texts).toContain(readFileSync(folder.at('file'), 'utf8'))
  expect(readdirSync(folder.path)).toEqual(['file'])
})

test('a file that cannot be put in place leaves nothing behind', async () => {
  using folder = freshFolder()
  await writeAtomically(folder.at('inner'), 'x')
  await expect(writeAtomically(folder.at('inner/file'), 'x')).rejects.toThrow('ENOTDIR')
  expect(readdirSync(folder.path)).toEqual(['inner'])
})

test('of several who create the same file, exactly one does', async () => {
  using folder = freshFolder()
  const outcomes = await Promise.all(
    ['a', 'b', 'c', 'd'].map((text) => createAtomically(folder.at('ring'), text)),
  )
  expect(outcomes.filter((created) => created)).toHaveLength(1)
  expect(readFileSync(folder.at('ring'), 'utf8')).toBe('abcd'.charAt(outcomes.indexOf(true)))
  expect(readdirSync(folder.path)).toEqual(['ring'])
})

test('a secret is the text of its file without the last line break', () => {
  using folder = freshFolder()
  writeFileSync(folder.at('secret'), ' p w\n')
  chmodSync(folder.at('secret'), 0o444)
  expect(readSecretFile(folder.at('secret'))).toBe(' p w')
})

test.each([
  ['missing', null, 'cannot be read (ENOENT)'],
  ['empty', '\n', 'is empty'],
  ['too long', 'x'.repeat(70_000), 'is too long to be a secret'],
])('a secret file that is %s is refused by name', (_case, content, message) => {
  using folder = freshFolder()
  if (content !== null) writeFileSync(folder.at('secret'), content)
  expect(() => readSecretFile(folder.at('secret'))).toThrow(message)
  expect(() => readSecretFile(folder.at('secret'))).toThrow(folder.at('secret'))
})
