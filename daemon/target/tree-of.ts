import type { Client } from 'ldapts'
import { valuesOf } from './finding.ts'

/** The tree of a server that holds a base: its naming context (RFC 4512, 5.1), or the base itself where the server does
 *  not say. */
export async function treeOf(client: Client, base: string): Promise<string> {
  const { searchEntries: roots } = await client.search('', {
    scope: 'base',
    filter: '(objectClass=*)',
    attributes: ['namingContexts'],
  })
  const contexts = valuesOf(roots[0]?.['namingContexts'])
  return contexts.find((suffix) => base.toLowerCase().endsWith(suffix.toLowerCase())) ?? base
}
