import type { Attributes, Entry } from '../../../domain/entry.ts'
import { forwardingNow, type Forwarding, type ForwardingMemory } from '../../../domain/forwarding.ts'
import { forwardingAddress } from '../../../domain/profiles/mailbox.ts'
import type { Box } from './accounts.ts'

const feature = 'zimbraFeatureMailForwardingEnabled'
const status = 'zimbraAccountStatus'

/** Where the mailbox forwards to by these attributes. */
export function forwardingIn(attributes: Attributes): Forwarding {
  const all = attributes[forwardingAddress] ?? []
  return {
    address: all.length > 0 ? all.join(',') : null,
    barred: attributes[feature]?.[0]?.toUpperCase() === 'FALSE',
  }
}

/** What the house wants, weighed against what stands there and is not for us to change. Pure.
 *
 *  - Aliases are only added to: those that others gave stay.
 *  - Forwarding is the student's once they have chosen (domain/forwarding.ts). With every change of it a copy is kept
 *    again, since nothing must be lost between two addresses; otherwise that is the student's choice too.
 *  - `lockout` is Zimbra's own answer to wrong passwords and `maintenance` a mailbox that is being moved: both pass. */
export function weigh(desired: Entry, box: Box, memory: ForwardingMemory | undefined): Entry {
  const { attributes } = desired
  const wanted = forwardingIn(attributes)
  const found = forwardingIn(box.attributes)
  const next = forwardingNow({ wanted: wanted.address, off: wanted.barred }, found, memory)
  const moved = next.address !== found.address
  const local = 'zimbraPrefMailLocalDeliveryDisabled'
  const stands = box.attributes[status]?.[0] ?? ''
  const passes = stands === 'maintenance' || (stands === 'lockout' && attributes[status]?.[0] === 'active')
  const dn = desired.dn.toLowerCase() === box.name.toLowerCase() ? box.name : desired.dn
  return {
    ...desired,
    dn,
    attributes: {
      ...attributes,
      [status]: passes ? [stands] : (attributes[status] ?? []),
      zimbraMailAlias: aliases(attributes, box, dn),
      [forwardingAddress]: moved ? listed(next.address) : (box.attributes[forwardingAddress] ?? []),
      [feature]:
        next.barred === found.barred ? (box.attributes[feature] ?? []) : next.barred ? ['FALSE'] : [],
      [local]: moved ? ['FALSE'] : (box.attributes[local] ?? []),
    },
  }
}

/** Those that stand there and those that there must be; the name itself is none. */
function aliases(attributes: Attributes, box: Box, dn: string): string[] {
  const standing = box.attributes['zimbraMailAlias'] ?? []
  const known = new Set(standing.map((each) => each.toLowerCase()))
  const ours = (attributes['zimbraMailAlias'] ?? []).filter((each) => !known.has(each.toLowerCase()))
  return [...standing, ...ours].filter((each) => each.toLowerCase() !== dn.toLowerCase())
}

function listed(value: string | null): string[] {
  return value === null ? [] : [value]
}
