import type { Attribute, ChangeKind, Request } from '../../ldap-protocol/message.ts'
import { people } from './running.ts'

/** Requests as the tests of the server say them. */
export const attribute = (type: string, ...values: string[]): Attribute => ({
  type,
  values: values.map((value) => Buffer.from(value)),
})

export const addTo = (dn: string, ...attributes: Attribute[]): Request => ({ kind: 'add', dn, attributes })

/** An entry of the class account. */
export const account = (uid: string, ...more: Attribute[]): Request =>
  addTo(`uid=${uid},${people}`, attribute('objectClass', 'account'), attribute('uid', uid), ...more)

export const modify = (dn: string, ...changes: [ChangeKind | null, string, ...string[]][]): Request => ({
  kind: 'modify',
  dn,
  changes: changes.map(([operation, type, ...values]) => ({
    operation,
    attribute: attribute(type, ...values),
  })),
})

export const rename = (
  dn: string,
  newRdn: string,
  newSuperior: string | null = null,
  deleteOldRdn = true,
): Request => ({ kind: 'rename', dn, newRdn, deleteOldRdn, newSuperior })

export const remove = (dn: string): Request => ({ kind: 'delete', dn })
