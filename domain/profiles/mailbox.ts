import { attributesOf } from '../entry.ts'
import { namesOf } from '../name.ts'
import { hasEntry, type Holder, type Profile } from '../profile.ts'

/** The name of the target. */
export const mailboxTarget = 'mailbox'

/** The attribute that says where a mailbox forwards to. */
export const forwardingAddress = 'zimbraPrefMailForwardingAddress'

/** Whether an account's mailbox is closed to its student, who then forwards nothing either (rules: accounts). */
export function isShut({ state, locked }: Pick<Holder, 'state' | 'locked'>): boolean {
  return state !== 'active' || locked
}

/** A mailbox of Zimbra, as an entry: its name is the institutional address, its attributes are those of Zimbra. Aliases and
 *  forwarding are what the house alone would set: the target weighs them against what stands there. A shut mailbox still
 *  takes mail while it is `locked`, and none once it is `closed`. No password: the domain has it checked by the primary
 *  directory (`zimbraAuthMech`, docs/zimbra.md). */
export function mailboxProfile({
  domain,
  forwardByDefault,
}: {
  readonly domain: string
  readonly forwardByDefault: boolean
}): Profile {
  // Zimbra refuses an alias of a domain that it does not have, as one taken over from a directory may be.
  const isHere = (alias: string): boolean => alias.toLowerCase().endsWith(`@${domain.toLowerCase()}`)
  return {
    name: mailboxTarget,
    base: domain,
    filter: `forwarding ${forwardByDefault ? 'set' : 'left'} by default`,
    objectClasses: [],
    managed: [
      'displayName', 'givenName', 'sn', 'zimbraAccountStatus', 'zimbraMailAlias', forwardingAddress,
      'zimbraPrefMailLocalDeliveryDisabled', 'zimbraFeatureMailForwardingEnabled',
    ], // prettier-ignore
    // Nobody's: there is no password in a mailbox.
    scheme: '',
    verifier: 'readable',
    identify: () => null,
    entry(holder, site) {
      if (!hasEntry(holder) || holder.mail === null) return null
      const { number } = holder.person
      const names = namesOf(holder.person, site.names)
      const shut = isShut(holder)
      return {
        id: number,
        dn: holder.mail,
        attributes: attributesOf({
          displayName: [names.display || number],
          givenName: [names.given],
          sn: [names.family || number],
          zimbraAccountStatus: [holder.state === 'closed' ? 'closed' : shut ? 'locked' : 'active'],
          zimbraMailAlias: holder.formerMails.filter(isHere),
          [forwardingAddress]: [forwardByDefault && !shut ? holder.personalAddress : null],
          zimbraPrefMailLocalDeliveryDisabled: ['FALSE'],
          zimbraFeatureMailForwardingEnabled: [shut ? 'FALSE' : null],
        }),
      }
    },
  }
}
