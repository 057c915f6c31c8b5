import type { SettingsTree } from './schema.ts'
import type { Problem } from './problem.ts'
import { houseTargets } from './targets.ts'

/** What is wrong between settings that are each right. Pure. */
export function incoherences(tree: SettingsTree): Problem[] {
  return [
    ...targetProblems(tree),
    ...zimbraProblems(tree),
    ...leaveProblems(tree),
    ...leaseProblems(tree),
    ...facultyProblems(tree),
    ...helpdeskProblems(tree),
    ...portProblems(tree),
    ...sourceProblems(tree),
    ...keyProblems(tree),
  ]
}

function targetProblems({ targets }: SettingsTree): Problem[] {
  return Object.entries(targets).flatMap(([name, target]) => {
    const at = (key: string, message: string): Problem => ({ key: `targets.${name}.${key}`, message })
    const ours = (houseTargets as readonly string[]).includes(name)
    if (!target.keep) return []
    if (target.url === '') {
      return ours ? [] : [at('url', `is needed: only ${houseTargets.join(', ')} have an embedded directory`)]
    }
    return [
      ...(target.bind_dn === '' ? [at('bind_dn', 'is needed with an address')] : []),
      ...(target.password_file === null ? [at('password_file', 'is needed with an address')] : []),
      ...(target.profile === '' && !ours
        ? [at('profile', 'is needed: the house has no profile of that name')]
        : []),
      ...(target.url.startsWith('ldaps:') && target.tls !== 'auto'
        ? [at('tls', 'must be auto with ldaps://, which is encrypted from the start')]
        : []),
    ]
  })
}

function zimbraProblems({ zimbra, targets }: SettingsTree): Problem[] {
  const problems: Problem[] = []
  if (targets['mailbox'] !== undefined)
    problems.push({ key: 'targets.mailbox', message: 'is not a directory: mailboxes are set under zimbra' })
  if (zimbra.url === '') return problems
  if (zimbra.admin === '') problems.push({ key: 'zimbra.admin', message: 'is needed with an address' })
  if (zimbra.password_file === null)
    problems.push({ key: 'zimbra.password_file', message: 'is needed with an address' })
  return problems
}

function leaveProblems({ leave }: SettingsTree): Problem[] {
  const late = (key: string, other: string): Problem => ({
    key: `leave.${key}`,
    message: `must not be less than leave.${other}`,
  })
  return [
    ...(leave.close_after < leave.suspend_after ? [late('close_after', 'suspend_after')] : []),
    ...(leave.purge_after < leave.close_after ? [late('purge_after', 'close_after')] : []),
  ]
}

/** A lease is renewed while there is still time for one more operation. */
function leaseProblems({ daemon }: SettingsTree): Problem[] {
  const { lease_seconds: lease, operation_timeout_seconds: operation } = daemon
  return lease >= 2 * operation
    ? []
    : [{ key: 'daemon.lease_seconds', message: 'must be at least twice daemon.operation_timeout_seconds' }]
}

/** Each kind of database has its own kind of address. */
function sourceProblems({ source: { kind, url } }: SettingsTree): Problem[] {
  if (url === null || (kind !== 'oracle' && kind !== 'postgres')) return []
  const { protocol } = new URL(url)
  return protocol.startsWith(kind) ? [] : [{ key: 'source.url', message: `must be of source.kind ${kind}` }]
}

/** Keys that somebody else supplies come from somewhere. */
function keyProblems({ keys, source }: SettingsTree): Problem[] {
  if (keys.source === 'file' && keys.source_path === null)
    return [{ key: 'keys.source_path', message: 'is needed with keys.source file' }]
  if (keys.source === 'database' && source.kind !== 'oracle' && source.kind !== 'postgres')
    return [{ key: 'keys.source', message: 'must not be database: source.kind is none' }]
  return []
}

function facultyProblems({ faculties }: SettingsTree): Problem[] {
  const ids = new Set<string>()
  const owners = new Map<string, string>()
  return faculties.flatMap(({ id, components }, index) => {
    const problems: Problem[] = []
    if (ids.has(id))
      problems.push({ key: `faculties[${index}].id`, message: 'is the same as that of another faculty' })
    ids.add(id)
    for (const code of components) {
      const owner = owners.get(code)
      if (owner !== undefined && owner !== id) {
        problems.push({
          key: `faculties[${index}].components`,
          message: `names ${code}, which ${owner} names too`,
        })
      }
      owners.set(code, id)
    }
    return problems
  })
}

function helpdeskProblems({ helpdesk: { issuer, client_id } }: SettingsTree): Problem[] {
  return issuer !== '' && client_id === ''
    ? [{ key: 'helpdesk.client_id', message: 'is needed with helpdesk.issuer' }]
    : []
}

function portProblems({ web, ops, ldap, inbox, sign_in }: SettingsTree): Problem[] {
  const taken = new Map<number, string>()
  const ports: readonly (readonly [string, number])[] = [
    ['web.port', web.port],
    ['ops.port', ops.port],
    ['ldap.primary.port', ldap.primary.port],
    ['ldap.paris_sorbonne.port', ldap.paris_sorbonne.port],
    ['ldap.upmc.port', ldap.upmc.port],
    ['inbox.smtp_port', inbox.smtp_port],
    ['inbox.port', inbox.port],
    ['sign_in.port', sign_in.port],
  ]
  return ports.flatMap(([key, port]) => {
    const other = taken.get(port)
    if (port === 0) return []
    taken.set(port, other ?? key)
    return other === undefined ? [] : [{ key, message: `is the same as ${other}` }]
  })
}
