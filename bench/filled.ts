import { join } from 'node:path'
import { output } from './report.ts'
import type { BenchUniversity } from './university.ts'

/** The settings under which the primary directory bears verifiers of that scheme. */
export function withScheme(env: Readonly<Record<string, string>>, scheme: 'argon2id' | 'ssha512') {
  const profile = join(import.meta.dirname, 'salted-profile.ts')
  return scheme === 'argon2id' ? env : { ...env, MATRICULE_TARGETS_PRIMARY_PROFILE: profile }
}

/** Makes every directory anew and fills it by `matricule ldif` and `slapadd -q`. */
export async function fillDirectories(
  university: BenchUniversity,
  env: Readonly<Record<string, string>>,
  home: string,
): Promise<void> {
  const { site } = university
  await university.query(`update settlement set state = 'unsettled', version = null, dn = null, entry_uuid = null,
    written_digest = null, settled_at = null`)
  await university.query('delete from mark')
  await Promise.all(
    [...site.directories].map(async ([name, { slapd }]) => {
      await slapd?.afresh()
      const out = join(home, `${name}.ldif`)
      await output('sh', ['bin/matricule', 'ldif', name, '--out', out], {
        ...process.env,
        ...env,
        MATRICULE_HOME: home,
      })
      await slapd?.load(out)
    }),
  )
}
