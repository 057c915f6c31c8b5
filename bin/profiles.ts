import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import type { Profile } from '../domain/profile.ts'
import { profiles as ofTheHouse } from '../domain/profiles/index.ts'
import { relocated } from '../domain/relocate.ts'
import { parseFilter } from '../ldap-protocol/filter-text.ts'
import { asIdentityError, IdentityError } from '../platform/error.ts'
import type { Config } from '../platform/settings.ts'

/** The profile of each target, by the target's name. */
export type Profiles = ReadonlyMap<string, Profile>

/** Names of attributes (RFC 4512, 1.4). */
const attribute = z.string().regex(/^[A-Za-z][A-Za-z0-9-]*$/, 'must be the name of an attribute')

const shape = z.object({
  base: z.string().min(1),
  filter: z.string().refine(isFilter, 'must be a filter as text (RFC 4515)'),
  objectClasses: z.array(attribute).min(1),
  managed: z
    .array(attribute)
    .refine((names) => names.includes('uid'), 'must hold uid, by which students are known')
    .refine((names) => new Set(names).size === names.length, 'must not say an attribute twice'),
  scheme: z.string().min(1),
  verifier: z.enum(['readable', 'write-only']),
  tellsMailbox: z.boolean().optional(),
  entry: z.custom<Profile['entry']>(isFunction, 'must be a function'),
  identify: z.custom<Profile['identify']>(isFunction, 'must be a function'),
})

/** Finds the profile of every target: of the house by its name, of the site by the path of a module (docs/profiles.md).
 *  Throws SETTINGS_INVALID with what is wrong. */
export async function openProfiles(config: Config): Promise<Profiles> {
  const found = new Map<string, Profile>()
  for (const [name, { profile: wanted, base }] of Object.entries(config.targets)) {
    const profile = wanted.startsWith('/') ? await ofTheSite(name, wanted) : ofTheHouse[wanted || name]
    if (profile === undefined) {
      const known = Object.keys(ofTheHouse).join(', ')
      throw new IdentityError(
        'SETTINGS_INVALID',
        `targets.${name}.profile: no profile of that name; there are ${known}, and yours by the path of a module`,
      )
    }
    if (!(config.passwords.schemes as readonly string[]).includes(profile.scheme)) {
      throw new IdentityError(
        'SETTINGS_INVALID',
        `passwords.schemes: ${name} needs ${profile.scheme}, else nobody could sign in there`,
      )
    }
    found.set(name, { ...(base === null ? profile : relocated(profile, base)), name })
  }
  return found
}

/** The profile that a module of the site exports, by default or as `profile`. */
async function ofTheSite(target: string, path: string): Promise<Profile> {
  const invalid = (why: string, cause?: unknown) =>
    new IdentityError('SETTINGS_INVALID', `targets.${target}.profile: ${path} ${why}`, { cause })
  let module: Readonly<Record<string, unknown>>
  try {
    module = (await import(pathToFileURL(path).href)) as Readonly<Record<string, unknown>>
  } catch (cause) {
    throw invalid(`cannot be loaded: ${asIdentityError(cause).message}`, cause)
  }
  const read = shape.safeParse(module['default'] ?? module['profile'])
  if (!read.success) {
    const problems = read.error.issues.map(
      ({ path: at, message }) => `${at.join('.') || 'profile'}: ${message}`,
    )
    throw invalid(`exports no profile: ${problems.join('; ')}`)
  }
  const { tellsMailbox, ...profile } = read.data
  return { ...profile, name: target, ...(tellsMailbox === undefined ? {} : { tellsMailbox }) }
}

function isFilter(text: string): boolean {
  try {
    parseFilter(text)
    return true
  } catch {
    return false
  }
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function'
}
