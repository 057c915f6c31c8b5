import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import type { AccessRule } from '../ldap-server/access.ts'
import { houseRules } from '../ldap-server/access-house.ts'
import type { TlsOptions } from '../ldap-server/create.ts'
import { defaultIndexes, defaultLimits } from '../ldap-server/options.ts'
import { IdentityError } from '../platform/error.ts'

const who = z.union([
  z.enum(['anyone', 'anonymous', 'authenticated', 'self']),
  z.strictObject({ dn: z.string() }),
  z.strictObject({ under: z.string() }),
])
const rule = z.strictObject({
  who,
  base: z.string(),
  scope: z.enum(['base', 'subtree', 'children']),
  attributes: z.union([z.literal('ordinary'), z.array(z.string()).min(1)]),
  right: z.enum(['none', 'disclose', 'auth', 'compare', 'search', 'read', 'write']),
})
const limitNames = Object.keys(defaultLimits) as (keyof typeof defaultLimits)[]
const amount = z.int().min(0).optional()

/** What `matricule ldap-server` reads (docs/ldap-server.md). Files are named as from the folder of the settings file. */
const shape = z.strictObject({
  suffix: z.string().min(1),
  people: z.string().min(1).optional(),
  folder: z.string().min(1),
  listen: z
    .array(
      z.strictObject({
        host: z.string().default('127.0.0.1'),
        port: z.int().min(0).max(65_535),
        tls: z.boolean().default(false),
      }),
    )
    .min(1),
  tls: z
    .strictObject({
      certificate_file: z.string(),
      key_file: z.string(),
      client_authorities_file: z.string().optional(),
      look_seconds: z.int().min(1).default(60),
      require: z.boolean().default(true),
    })
    .optional(),
  certificates: z.array(z.strictObject({ subject: z.string(), dn: z.string() })).default([]),
  access: z.union([z.literal('house'), z.array(rule).min(1)]).default('house'),
  accounts: z.array(z.strictObject({ dn: z.string(), verifier_file: z.string() })).default([]),
  password_modify: z.boolean().default(false),
  indexes: z.array(z.string()).default([...defaultIndexes]),
  schema_files: z.array(z.string()).default([]),
  limits: z.strictObject(Object.fromEntries(limitNames.map((name) => [name, amount]))).default({}),
})

/** The settings of a directory of its own, files read but for those that may change. */
export interface LdapServerSettings extends Omit<z.infer<typeof shape>, 'access' | 'folder' | 'accounts'> {
  readonly accounts: readonly { dn: string; verifier: string }[]
  readonly folder: string
  readonly access: readonly AccessRule[]
  readonly schema: readonly string[]
  /** Reads the certificate as it is now. Rejects with IdentityError SETTINGS_INVALID. */
  readonly readTls: (() => Promise<TlsOptions>) | null
}

/** Reads a settings file (YAML). Rejects with IdentityError SETTINGS_INVALID that lists every problem. */
export async function readLdapServerSettings(path: string): Promise<LdapServerSettings> {
  const text = await read(path)
  const outcome = shape.safeParse(parseYaml(text, path))
  if (!outcome.success) {
    throw invalid(
      path,
      outcome.error.issues.map((issue) => `${issue.path.join('.') || 'the file'}: ${issue.message}`),
    )
  }
  const settings = outcome.data
  const { tls, access, suffix, people, listen } = settings
  const problems = [
    ...(listen.some((one) => one.tls) && !tls
      ? ['listen: tls is asked for, and there is no tls.certificate_file']
      : []),
    ...(settings.certificates.length > 0 && !tls?.client_authorities_file
      ? ['certificates: they are of no use without tls.client_authorities_file']
      : []),
    ...(access === 'house' && people === undefined ? ['people: the rules of the house need it'] : []),
  ]
  if (problems.length > 0) throw invalid(path, problems)
  const at = (file: string): string => resolve(dirname(path), file)
  return {
    ...settings,
    folder: at(settings.folder),
    access: access === 'house' ? houseRules(suffix, people ?? suffix) : access,
    accounts: await Promise.all(
      settings.accounts.map(async ({ dn, verifier_file }) => ({
        dn,
        verifier: (await read(at(verifier_file))).trim(),
      })),
    ),
    schema: await Promise.all(settings.schema_files.map((file) => read(at(file)))),
    readTls: tls
      ? async () => ({
          certificate: await read(at(tls.certificate_file)),
          key: await read(at(tls.key_file)),
          clientAuthorities:
            tls.client_authorities_file === undefined ? null : await read(at(tls.client_authorities_file)),
        })
      : null,
  }
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new IdentityError('SETTINGS_INVALID', `${path} cannot be read.`, { cause })
  }
}

function parseYaml(text: string, path: string): unknown {
  try {
    return parse(text)
  } catch (cause) {
    throw new IdentityError('SETTINGS_INVALID', `${path} is not YAML.`, { cause })
  }
}

function invalid(path: string, problems: readonly string[]): IdentityError {
  return new IdentityError('SETTINGS_INVALID', [`${path}:`, ...problems].join('\n'), {
    details: { problems },
  })
}
