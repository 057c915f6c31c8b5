import type { Profile } from '../profile.ts'
import { parisSorbonne } from './paris-sorbonne.ts'
import { primary } from './primary.ts'
import { upmc } from './upmc.ts'

/** The profiles we know, by name. */
export const profiles: Readonly<Record<string, Profile>> = Object.fromEntries(
  [primary, parisSorbonne, upmc].map((profile) => [profile.name, profile]),
)
