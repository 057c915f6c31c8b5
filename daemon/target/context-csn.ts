import type { Client } from 'ldapts'
import type { Profile } from '../../domain/profile.ts'
import { valuesOf, type Tell } from './finding.ts'
import { treeOf } from './tree-of.ts'

/** Tells whether a server that offers content synchronisation hides entries from whoever follows: OpenLDAP shows none that is
 *  newer than the contextCSN of the tree, and slapadd moves that only with -w. Says nothing where it cannot be read. */
export async function tellHidden(
  client: Client,
  { base, filter }: Pick<Profile, 'base' | 'filter'>,
  tell: Tell,
): Promise<void> {
  const context = await contextOf(client, base)
  if (context === undefined) return
  const { searchEntries } = await client.search(base, {
    scope: 'sub',
    filter: `(&${filter}(entryCSN>=${context}))`,
    attributes: ['entryCSN'],
    paged: { pageSize: 1_000 },
  })
  const hidden = searchEntries.filter((entry) => (valuesOf(entry['entryCSN'])[0] ?? '') > context).length
  if (hidden > 0)
    tell(
      'contextCSN',
      'warning',
      `${hidden} entries are newer, as slapadd leaves them without -w: other followers (replicas among them) are not shown them until somebody writes; we ask for them besides`,
    )
}

/** The newest contextCSN of the tree that people are in, as far as we may see it. */
async function contextOf(client: Client, base: string): Promise<string | undefined> {
  try {
    const { searchEntries } = await client.search(await treeOf(client, base), {
      scope: 'base',
      filter: '(objectClass=*)',
      attributes: ['contextCSN'],
    })
    return valuesOf(searchEntries[0]?.['contextCSN'])
      .filter((csn) => /^\d{14}\.\d{6}Z(#[0-9a-f]+){3}$/.test(csn))
      .sort()
      .at(-1)
  } catch {
    return undefined
  }
}
