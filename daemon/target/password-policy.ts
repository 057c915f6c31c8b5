import type { Client, Entry } from 'ldapts'
import type { Profile } from '../../domain/profile.ts'
import { valuesOf, type Tell } from './finding.ts'
import { treeOf } from './tree-of.ts'

/** Tells whether a password policy of the server (draft-behera-ldap-password-policy; OpenLDAP: ppolicy) would refuse what
 *  we write, as far as it can be read. We write values that are hashed already: a policy of quality 2 takes none whose
 *  text it cannot judge. A policy that cannot be read says nothing here; trying to write does. */
export async function tellPolicy(client: Client, { base }: Pick<Profile, 'base'>, tell: Tell): Promise<void> {
  const policies = await policiesAbove(client, base)
  if (policies.length === 0) return
  const byDefault = await defaultPolicy(client)
  const strict = policies.filter((each) => valuesOf(each['pwdCheckQuality'])[0] === '2')
  const isDefault = ({ dn }: Entry) => byDefault !== null && dn.toLowerCase() === byDefault.toLowerCase()
  const [first] = strict
  if (first === undefined) {
    tell('password policy', 'fine', `${policies.length} found, none refuses values that are hashed already`)
    return
  }
  const detail = `${(strict.find(isDefault) ?? first).dn} refuses values that are hashed already (pwdCheckQuality 2)`
  if (strict.some(isDefault) || (byDefault === null && strict.length === policies.length))
    tell('password policy', 'fault', `${detail}: no password could be written; 0 or 1 lets them through`)
  else tell('password policy', 'warning', `${detail}; whether it holds for students, doctor --write tells`)
}

/** The policies of the tree that people are in, as far as we may see them. */
async function policiesAbove(client: Client, base: string): Promise<Entry[]> {
  return found(client, await treeOf(client, base), '(objectClass=pwdPolicy)', ['pwdCheckQuality'])
}

/** The name of the policy of whoever has none of their own; null when we may not see it. */
async function defaultPolicy(client: Client): Promise<string | null> {
  const [overlay] = await found(client, 'cn=config', '(objectClass=olcPPolicyConfig)', ['olcPPolicyDefault'])
  return valuesOf(overlay?.['olcPPolicyDefault'])[0] ?? null
}

async function found(client: Client, base: string, filter: string, attributes: string[]): Promise<Entry[]> {
  try {
    return (await client.search(base, { scope: 'sub', filter, attributes })).searchEntries
  } catch {
    // What we may not see, or what is not there.
    return []
  }
}
