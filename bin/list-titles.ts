import type { ListName } from '../registry/lists.ts'

/** What each list says, for `--help`. */
export const listTitles: Readonly<Record<ListName, string>> = {
  'shared-addresses': 'who shares a personal address, as CSV',
  'invalid-addresses': 'whose personal address is missing or cannot be written to, as CSV',
  vanished: 'who has a right and is not in the record any more, as CSV',
  duplicates: 'who is probably recorded twice, as CSV',
  conflicts: 'whose login is borne by an entry that is not ours, as CSV',
  'key-faults':
    'who waits for an activation key that is not supplied, or not in a form that can be taken, as CSV',
  'set-aside': 'rows of the last snapshot that could not be taken, as CSV',
}
