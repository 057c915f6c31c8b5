import type { Profile } from '../domain/profile.ts'
import { primary } from '../domain/profiles/primary.ts'

/** The primary directory with {SSHA512} instead of {ARGON2}, as a site would have its own profile. */
export const profile: Omit<Profile, 'name'> = {
  ...primary,
  scheme: 'ssha512',
  entry(holder, site) {
    const { ssha512 } = holder.verifiers
    const verifiers = ssha512 === undefined ? {} : { argon2id: ssha512 }
    return primary.entry({ ...holder, verifiers }, site)
  },
}
