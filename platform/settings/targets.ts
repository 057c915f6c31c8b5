import { z } from 'zod'
import { group, key } from './group.ts'
import { path, text, urlOrNothing } from './parts.ts'

/** The three directories of the university, which have an embedded one to fall back on. */
export const houseTargets = ['primary', 'paris-sorbonne', 'upmc'] as const

export const targetShape = {
  keep: key(
    z.boolean().default(true),
    'false: the university has no such directory, and nothing is kept there.',
  ),
  url: key(urlOrNothing('ldap', 'ldaps').default(''), 'Address of the directory; empty: the embedded one.'),
  bind_dn: key(text.default(''), 'DN of the account that writes; needed with an address.'),
  password_file: key(path.nullable().default(null), 'File that holds its password; needed with an address.'),
  profile: key(
    z.string().max(4_000).default(''),
    'Profile that says what its entries hold: a name of the house, or the path of a module; empty: that of its name.',
  ),
  base: key(text.nullable().default(null), 'DN under which people live; absent: that of the profile.'),
  mode: key(z.enum(['write', 'observe']).default('write'), 'observe reads and reports, and never writes.'),
  tls: key(
    z.enum(['auto', 'starttls', 'none']).default('auto'),
    'auto: StartTLS on ldap:// unless on loopback; starttls: always; none: in clear.',
  ),
  ca_file: key(path.nullable().default(null), 'Certificates (PEM) to trust instead of those of the system.'),
}

export const targetSchema = group('One directory.', targetShape)

const targetName = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/

/** Every directory by its name; the three of the house are there unless `keep` is false. */
export const targetsSchema = key(
  z
    .record(z.string().regex(targetName, 'must be a name in lower case, with hyphens').max(40), targetSchema)
    .prefault({}),
  'The directories to keep, by name: primary, paris-sorbonne and upmc (each unless keep is false), and any of yours.',
)
