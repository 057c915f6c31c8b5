import type { Gathered } from './gathered.ts'
import type { House } from './house.ts'

/** All that the acts of the page work with. */
export interface Door extends House {
  readonly gathered: Gathered
}
