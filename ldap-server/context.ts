import type { Attribute } from '../ldap-protocol/message.ts'
import { parseDn } from '../ldap-protocol/dn-text.ts'
import type { Dn } from '../ldap-protocol/dn-text.ts'
import type { Schema } from '../ldap-protocol/schema.ts'
import { everything } from './access.ts'
import type { Access, View } from './access.ts'
import type { Changes } from './changes.ts'
import type { Gate } from './gate.ts'
import type { Shelf } from './shelf.ts'
import type { Sequence } from './operational.ts'
import type { Clock, DirectoryOptions, Limits } from './options.ts'
import { Refusal } from './refusal.ts'
import type { Store } from './store.ts'
import type { Throttle } from './throttle.ts'
import type { Node } from './entry.ts'
import type { Tls } from './tls.ts'
import type { Tree } from './tree.ts'

/** What every operation works on: one directory. */
export interface Context {
  readonly suffix: string
  /** The normal form of `suffix`. */
  readonly suffixNormal: string
  readonly schema: Schema
  readonly tree: Tree
  readonly store: Store
  readonly access: Access
  /** Stands for the access rules, so that a change of them is seen. */
  readonly rulesDigest: string
  readonly changes: Changes
  readonly sequence: Sequence
  readonly clock: Clock
  readonly limits: Limits
  readonly throttle: Throttle
  readonly shelf: Shelf
  readonly tls: Tls | null
  /** Whether a password is taken over TLS only. */
  readonly requireTls: boolean
  /** From the normal name in a certificate to that of its bearer's entry. */
  readonly certificates: ReadonlyMap<string, string>
  readonly verifications: Gate
  readonly verify: DirectoryOptions['verify']
  readonly verifyAtOnce: NonNullable<DirectoryOptions['verifyAtOnce']>
  /** Verifiers of those who have no entry, by normal name. */
  readonly accounts: ReadonlyMap<string, { dn: string; verifiers: readonly Buffer[] }>
  readonly passwords: DirectoryOptions['passwords'] | null
  readonly uuid: () => string
  readonly nextId: () => number
  /** The verifiers of some entry: an unknown name costs as much as a wrong password. */
  readonly decoy: { values: readonly Buffer[] }
  readonly rootDse: readonly Attribute[]
  readonly subschema: readonly Attribute[]
}

/** Who asks: `root` is the house itself, bound by no rule; otherwise the name and its normal form, or nobody. */
export interface Asker {
  readonly root: boolean
  readonly dn: string
  readonly normal: string | null
}

export const nobody: Asker = { root: false, dn: '', normal: null }
export const house: Asker = { root: true, dn: '', normal: null }

/** The normal name of the subschema entry; its attribute `cn` is in every schema of ours. */
export const subschemaName = 'cn=Subschema'
export const subschemaNormal = 'cn=subschema'

export function viewOf({ access }: Context, asker: Asker, normal: string): View {
  return asker.root ? everything : access.view(asker.normal, normal)
}

/** The normal form of a name as received. @throws Refusal 34 */
export function normalOf({ schema }: Context, text: string): string {
  const normal = schema.dn(text)
  if (normal === null) throw new Refusal('invalidDNSyntax', 'invalid DN')
  return normal
}

/** A name as received, parsed. @throws Refusal 34 */
export function named({ schema }: Context, text: string): { dn: Dn; normal: string } {
  const normal = schema.dn(text)
  const dn = normal === null ? null : parseDn(text)
  if (normal === null || dn === null) throw new Refusal('invalidDNSyntax', 'invalid DN')
  return { dn, normal }
}

/** Remembers a verifier as what unknown names are tried against. */
export function remember({ decoy }: Context, values: readonly Buffer[] | undefined): void {
  if (values) decoy.values = values
}

/** The refusal of a name that is not there: names the nearest entry above that the asker may know of. */
export function absent(context: Context, asker: Asker, normal: string): Refusal {
  const above = context.tree.above(normal)
  const disclosed = above && viewOf(context, asker, above.entry.normal).may('disclose', 'entry')
  return new Refusal('noSuchObject', '', disclosed ? above.entry.dn : '')
}

/** The refusal of an entry that is there: without `disclose` it is answered as if it were not. */
export function concealed(context: Context, asker: Asker, node: Node): Refusal {
  const { normal } = node.entry
  const disclosed = viewOf(context, asker, normal).may('disclose', 'entry')
  return disclosed ? new Refusal('insufficientAccessRights') : absent(context, asker, normal)
}
