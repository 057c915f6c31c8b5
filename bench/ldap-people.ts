import { createHash } from 'node:crypto'
import type { Attribute } from '../ldap-protocol/message.ts'

/** The people that all servers of `bench/ldap.ts` hold: each has a number, and everything follows from it. */
export const suffix = 'dc=bench,dc=org'
export const people = `ou=people,${suffix}`
export const service = (name: string): string => `cn=${name},ou=services,${suffix}`

export const nameOf = (number: number): string => `uid=${21_000_000 + number},${people}`
export const passwordOf = (number: number): string => `password ${number}`

/** `{SSHA}` of a salt that follows from the number too. */
export function sshaOf(number: number): string {
  const salt = createHash('md5').update(String(number)).digest().subarray(0, 8)
  const digest = createHash('sha1').update(passwordOf(number)).update(salt).digest()
  return `{SSHA}${Buffer.concat([digest, salt]).toString('base64')}`
}

/** An entry of about twenty values. @param password a verifier; '' for none */
export function entryOf(number: number, password: string): Attribute[] {
  const word = `n${String(number).padStart(5, '0')}`
  const uid = String(21_000_000 + number)
  const values: [string, ...string[]][] = [
    ['objectClass', 'inetOrgPerson', 'organizationalPerson', 'person', 'eduPerson', 'supannPerson'],
    ['uid', uid],
    ['cn', `Prénom${word}x Nom${number % 997}`],
    ['sn', `Nom${number % 997}`],
    ['givenName', `Prénom${word}x`],
    ['displayName', `Prénom${word}x Nom${number % 997}`],
    ['mail', `prenom.${word}@etu.example.org`],
    ['supannEtuId', uid],
    ['supannCivilite', number % 2 === 0 ? 'M.' : 'Mme'],
    ['eduPersonAffiliation', 'student', 'member'],
    ['eduPersonPrincipalName', `${uid}@example.org`],
    ['preferredLanguage', 'fr'],
    ['telephoneNumber', `+33 1 44 ${number % 97}`],
    ['description', `étudiant ${number % 13}`],
  ]
  if (password !== '') values.push(['userPassword', password])
  return values.map(([type, ...all]) => ({ type, values: all.map((value) => Buffer.from(value)) }))
}
