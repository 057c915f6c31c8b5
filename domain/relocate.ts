import type { Profile } from './profile.ts'

/** The same profile for a directory whose people live elsewhere. */
export function relocated(profile: Profile, base: string): Profile {
  return {
    ...profile,
    base,
    entry(holder, site) {
      const entry = profile.entry(holder, site)
      return entry && { ...entry, dn: entry.dn.slice(0, -profile.base.length) + base }
    },
  }
}
