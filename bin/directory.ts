import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { create, type Directory, type DirectoryOptions } from '../ldap-server/create.ts'
import { randomUuid, systemChance } from '../platform/chance.ts'
import { systemClock } from '../platform/clock.ts'
import { packageRoot } from '../platform/root.ts'
import { createVerifiers } from '../platform/verifier.ts'

export { create, type Directory, type DirectoryOptions } from '../ldap-server/create.ts'
export { houseRules } from '../ldap-server/access-house.ts'

/** An embedded directory with everything filled in that a program need not choose: the clock, identifiers, the check of
 *  passwords ({ARGON2}, {SSHA512}, {SSHA256}, {SSHA}…) and the schema of schemas/ldap. */
export async function createDirectory(
  options: Pick<DirectoryOptions, 'suffix' | 'folder' | 'access'> & Partial<DirectoryOptions>,
): Promise<Directory> {
  const verifiers = createVerifiers({
    schemes: ['argon2id'],
    chance: systemChance,
    argon2: { memory_kib: 19_456, passes: 2, lanes: 1 },
  })
  // Whoever brings a check of their own brings all of it.
  const atOnce: Pick<DirectoryOptions, 'verifyAtOnce'> = options.verify
    ? {}
    : { verifyAtOnce: (stored, password) => verifiers.checkAtOnce(stored, password) }
  return create({
    clock: systemClock,
    uuid: () => randomUuid(systemChance),
    verify: (stored, password) => verifiers.check(stored, password),
    ...atOnce,
    schema: await houseSchema(),
    ...options,
  })
}

/** The texts of the schema files that come with the house. */
export async function houseSchema(): Promise<string[]> {
  const folder = join(packageRoot, 'schemas', 'ldap')
  const names = (await readdir(folder)).filter((name) => name.endsWith('.schema')).sort()
  return Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))
}
