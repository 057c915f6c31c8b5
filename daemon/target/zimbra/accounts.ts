import { hash } from 'node:crypto'
import type { Attributes } from '../../../domain/entry.ts'
import { digestForm } from '../sighting.ts'
import { attribute, children, textOf, type Answer, type Content, type Element } from './envelope.ts'

/** An object of Zimbra that bears addresses. */
export interface Box {
  /** zimbraId. */
  readonly id: string
  /** The main address. */
  readonly name: string
  readonly kind: 'account' | 'dl' | 'alias' | 'calresource'
  readonly attributes: Attributes
}

/** What an account of the house itself is marked with: none of them is a student's. */
const ofTheHouse = ['zimbraIsAdminAccount', 'zimbraIsDelegatedAdminAccount', 'zimbraIsSystemAccount', 'zimbraIsSystemResource', 'zimbraIsExternalVirtualAccount'] as const // prettier-ignore

/** When an account was made, as a generalized time. */
export const createdAt = 'zimbraCreateTimestamp'

/** The attributes that are asked for where these are managed. */
export function askedFor(managed: readonly string[]): string {
  return [...new Set([...managed, 'zimbraId', 'zimbraMailAlias', createdAt, ...ofTheHouse])].join(',')
}

/** Whether an account may be a person's. */
export function isPerson({ kind, attributes }: Box): boolean {
  return kind === 'account' && !ofTheHouse.some((name) => attributes[name]?.includes('TRUE'))
}

/** Every address that an object bears. */
export function addressesOf({ name, attributes }: Box): string[] {
  return [name, ...(attributes['zimbraMailAlias'] ?? [])].map((address) => address.toLowerCase())
}

/** The objects in an answer. Throws a plain Error for one without name or identifier. */
export function boxesIn({ body }: Answer): Box[] {
  return (['account', 'dl', 'alias', 'calresource'] as const).flatMap((kind) =>
    children(body, kind).map((element) => boxOf(kind, element)),
  )
}

function boxOf(kind: Box['kind'], element: Element): Box {
  const [id, name] = [attribute(element, 'id'), attribute(element, 'name')]
  if (!id || !name) throw new Error(`an object without a name in an answer: ${kind}`)
  const attributes: Record<string, string[]> = {}
  for (const each of children(element, 'a')) {
    const value = textOf(each)
    const called = attribute(each, 'n')
    if (called !== null && value !== '') (attributes[called] ??= []).push(value)
  }
  return { id, name, kind, attributes }
}

/** Attributes as a request writes them; an empty list removes. */
export function written(attributes: Attributes): Content[] {
  return Object.entries(attributes).flatMap(([name, values]) =>
    (values.length > 0 ? values : ['']).map((value) => ({ '@n': name, '#text': value })),
  )
}

/** Of the name and all managed attributes, in no order of values: two that differ give two digests. */
export function digestOf({ name, attributes }: Box, managed: readonly string[]): string {
  const said = managed.map((each) => [...(attributes[each] ?? [])].sort())
  return digestForm + hash('sha256', JSON.stringify([name.toLowerCase(), said]), 'base64url').slice(0, 22)
}
