import { attributesOf } from '../entry.ts'
import { namesOf } from '../name.ts'
import { hasEntry, maySignIn, numberFromUid, type Profile } from '../profile.ts'

/** A directory of one of the two former universities. Nothing about them is public: both are taken as plain
 *  inetOrgPerson trees with the student number as login, enough for the applications that still bind there. */
export function former(name: string, base: string, scheme: string): Profile {
  const profile: Profile = {
    name,
    base,
    filter: '(objectClass=inetOrgPerson)',
    objectClasses: ['inetOrgPerson'],
    managed: [
      'objectClass',
      'uid',
      'cn',
      'sn',
      'givenName',
      'displayName',
      'mail',
      'employeeNumber',
      'userPassword',
    ],
    scheme,
    verifier: 'readable',
    identify: numberFromUid,
    entry(holder, site) {
      if (!hasEntry(holder)) return null
      const { number } = holder.person
      const names = namesOf(holder.person, site.names)
      return {
        id: number,
        dn: `uid=${number},${base}`,
        attributes: attributesOf({
          objectClass: profile.objectClasses,
          uid: [number],
          cn: [names.display || number],
          sn: [names.family || number],
          givenName: [names.given],
          displayName: [names.display || number],
          mail: [holder.mail],
          employeeNumber: [number],
          userPassword: maySignIn(holder) ? [holder.verifiers[scheme]] : [],
        }),
      }
    },
  }
  return profile
}
