import type { Verifiers } from '../platform/verifier.ts'
import { serviceAccounts, suffixOf, type ServiceAccount } from './directories.ts'

/** What an embedded directory holds before anybody: its suffix, where people and services live, and the service
 *  accounts. LDIF (RFC 2849). */
export async function firstEntries(
  base: string,
  passwords: Readonly<Record<ServiceAccount, string>>,
  verifiers: Verifiers,
): Promise<string> {
  const suffix = suffixOf(base)
  const dc = /^dc=([^,]+)/.exec(suffix)?.[1] ?? 'university'
  const [, people = 'people'] = /^ou=([^,]+)/i.exec(base) ?? []
  const blocks = [
    [
      `dn: ${suffix}`,
      'objectClass: top',
      'objectClass: dcObject',
      'objectClass: organization',
      `dc: ${dc}`,
      `o: ${dc}`,
    ],
    [`dn: ${base}`, 'objectClass: top', 'objectClass: organizationalUnit', `ou: ${people}`],
    [`dn: ou=services,${suffix}`, 'objectClass: top', 'objectClass: organizationalUnit', 'ou: services'],
  ]
  for (const account of serviceAccounts) {
    const { ssha512 = '' } = await verifiers.make(passwords[account])
    blocks.push([
      `dn: cn=${account},ou=services,${suffix}`,
      'objectClass: top',
      'objectClass: applicationProcess',
      'objectClass: simpleSecurityObject',
      `cn: ${account}`,
      `userPassword: ${ssha512}`,
    ])
  }
  return blocks.map((lines) => `${lines.join('\n')}\n`).join('\n')
}
