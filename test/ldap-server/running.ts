import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { houseRules } from '../../ldap-server/access-house.ts'
import { create } from '../../ldap-server/create.ts'
import type { Clock, Directory, DirectoryOptions } from '../../ldap-server/create.ts'

export const suffix = 'dc=sorbonne-universite,dc=fr'
export const people = `ou=people,${suffix}`
export const writer = `cn=matricule,ou=services,${suffix}`
export const reader = `cn=cas,ou=services,${suffix}`
export const ada = `uid=21100001,${people}`
export const bob = `uid=21100002,${people}`

/** The schema files that the house ships. */
export const schemaTexts = ['core', 'eduperson', 'schac', 'supann'].map((name) =>
  readFileSync(fileURLToPath(new URL(`../../schemas/ldap/${name}.schema`, import.meta.url)), 'utf8'),
)

export const realClock: Clock = {
  now: () => new Date(),
  monotonic: () => performance.now(),
  after: (ms, act) => {
    const timer = setTimeout(act, ms)
    return { [Symbol.dispose]: () => clearTimeout(timer) }
  },
}

/** `{CLEAR}secret` is fitted by `secret`: what a verifier looks like is not the server's business. */
export const clearAtOnce = (stored: string, password: Buffer): boolean =>
  stored === `{CLEAR}${password.toString('utf8')}`
export const clearVerify = (stored: string, password: Buffer): Promise<boolean> =>
  Promise.resolve(clearAtOnce(stored, password))

export const student = (number: string, cn: string, sn: string): string => `
dn: uid=${number},${people}
objectClass: inetOrgPerson
objectClass: eduPerson
objectClass: supannPerson
uid: ${number}
cn: ${cn}
sn: ${sn}
mail: ${cn.toLowerCase().replace(' ', '.')}@etu.sorbonne-universite.fr
supannEtuId: ${number}
userPassword: {CLEAR}${number}
`

export const university = `
dn: ${suffix}
objectClass: organization
objectClass: dcObject
o: Sorbonne
dc: sorbonne-universite

dn: ${people}
objectClass: organizationalUnit
ou: people

dn: ou=services,${suffix}
objectClass: organizationalUnit
ou: services

dn: ${writer}
objectClass: applicationProcess
objectClass: simpleSecurityObject
cn: matricule
userPassword: {CLEAR}demo

dn: ${reader}
objectClass: applicationProcess
objectClass: simpleSecurityObject
cn: cas
userPassword: {CLEAR}demo
${student('21100001', 'Ada Lovelace', 'Lovelace')}
${student('21100002', 'Bob Noyce', 'Noyce')}
`

export function makeDirectory(options: Partial<DirectoryOptions> = {}): Directory {
  return create({
    suffix,
    folder: null,
    schema: schemaTexts,
    access: houseRules(suffix, people),
    verify: clearVerify,
    uuid: () => randomUUID(),
    clock: realClock,
    ...options,
  })
}

/** A seeded directory on a free port of 127.0.0.1. */
export async function start(
  options: Partial<DirectoryOptions> & { first?: string } = {},
): Promise<AsyncDisposable & { directory: Directory; port: number; url: string }> {
  const directory = makeDirectory(options)
  await directory.open()
  await directory.seed(options.first ?? university)
  const { port } = await directory.listen({ host: '127.0.0.1', port: 0 })
  return { directory, port, url: `ldap://127.0.0.1:${port}`, [Symbol.asyncDispose]: () => directory.close() }
}
