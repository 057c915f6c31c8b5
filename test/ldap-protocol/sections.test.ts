import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { expect, it } from 'vitest'
import { packageRoot } from '../../platform/root.ts'

const room = join(packageRoot, 'ldap-protocol')
// RFC 2849 (LDIF) and RFC 4515 (filters as text) are short, and their sections hardly divide them.
const section = /RFC \d{4} (?:§|appendix)|RFC (?:2849|4515)|X\.690/

/** What a file offers that can be called, each with the text that stands above it. */
function offered(file: string): { name: string; doc: string }[] {
  const source = ts.createSourceFile(
    file,
    readFileSync(join(room, file), 'utf8'),
    ts.ScriptTarget.Latest,
    true,
  )
  return source.statements.flatMap((one) => {
    if (!ts.isFunctionDeclaration(one) && !ts.isClassDeclaration(one)) return []
    if (!one.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) return []
    const doc = ts.getJSDocCommentsAndTags(one).map((each) => each.getText())
    return [{ name: `${file}: ${one.name?.text ?? ''}`, doc: doc.join(' ').replace(/\s*\n\s*\*\s*/g, ' ') }]
  })
}

it('every function and class of ldap-protocol says which part of which standard it is', () => {
  const all = readdirSync(room).flatMap(offered)
  expect(all.length).toBeGreaterThan(50)
  expect(all.filter(({ doc }) => !section.test(doc)).map(({ name }) => name)).toEqual([])
})
