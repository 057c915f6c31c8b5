import type { AccessRule } from './access.ts'

/** The rules of the house. `cn=matricule` reads and writes all, verifiers included; `cn=cas` and `cn=zimbra`
 *  search and read all but verifiers; students read their own entry but for its verifier and write nothing;
 *  anonymous may read the root DSE and the schema, and bind.
 *  @param suffix `dc=sorbonne-universite,dc=fr`
 *  @param peopleBase where students lie, `ou=people,…` */
export function houseRules(suffix: string, peopleBase: string): AccessRule[] {
  const service = (name: string): { dn: string } => ({ dn: `cn=${name},ou=services,${suffix}` })
  const all = { base: suffix, scope: 'subtree' } as const
  const verifier = ['userPassword']
  return [
    { who: 'anyone', base: '', scope: 'base', attributes: 'ordinary', right: 'read' },
    { who: 'anyone', base: 'cn=Subschema', scope: 'base', attributes: 'ordinary', right: 'read' },
    { who: service('matricule'), ...all, attributes: verifier, right: 'write' },
    { who: service('matricule'), ...all, attributes: 'ordinary', right: 'write' },
    { who: 'anonymous', ...all, attributes: verifier, right: 'auth' },
    { who: 'anyone', ...all, attributes: verifier, right: 'none' },
    { who: service('cas'), ...all, attributes: 'ordinary', right: 'read' },
    { who: service('zimbra'), ...all, attributes: 'ordinary', right: 'read' },
    { who: 'self', base: peopleBase, scope: 'children', attributes: 'ordinary', right: 'read' },
  ]
}
