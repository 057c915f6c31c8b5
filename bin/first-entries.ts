import type { Verifiers } from '../platform/verifier.ts'

export const serviceAccounts = ['matricule', 'cas', 'zimbra'] as const
export type ServiceAccount = (typeof serviceAccounts)[number]

/** The DN of a service account of a directory whose people live under `base`. */
export function serviceDn(account: ServiceAccount, base: string): string {
  return `cn=${account},ou=services,${suffixOf(base)}`
}

/** `dc=…,dc=…` of a base such as `ou=people,dc=…,dc=…`. */
export function suffixOf(base: string): string {
  return base.slice(base.indexOf(',') + 1)
}

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
