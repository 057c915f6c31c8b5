import { decodeResponse } from '../../ldap-protocol/response.ts'
import type { Conversation } from './conversation.ts'

/** The controls that a server says it takes (RFC 4512, 5.1). */
export async function supportedControls(conversation: Conversation): Promise<ReadonlySet<string>> {
  const { entries } = await conversation.ask({
    kind: 'search',
    base: '',
    scope: 'base',
    deref: 0,
    sizeLimit: 1,
    timeLimit: 0,
    typesOnly: false,
    filter: { kind: 'present', type: 'objectClass' },
    attributes: ['supportedControl'],
  })
  const [root] = entries.map((message) => decodeResponse(message).operation)
  const all = root?.kind === 'entry' ? root.attributes.flatMap(({ values }) => values) : []
  return new Set(all.map((value) => value.toString()))
}
