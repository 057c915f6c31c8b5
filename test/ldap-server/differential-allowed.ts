import { readSortResult } from '../../ldap-protocol/sort.ts'
import { control } from '../../ldap-protocol/oids.ts'
import type { Control, Request } from '../../ldap-protocol/message.ts'

/** What one server answered, as far as it must be the same. */
export interface Answered {
  readonly code: number
  readonly matchedDN: string
  /** Entries in any order, values of an attribute in any order. */
  readonly entries: readonly string[]
  readonly controls: readonly string[]
  /** For the reader of a failure alone. */
  readonly message: string
}

export interface Difference {
  readonly at: number
  readonly request: Request
  readonly controls: readonly Control[]
  readonly ours: Answered
  readonly theirs: Answered
  /** Whether it is what lies below the base afterwards that differs. */
  readonly afterwards: boolean
}

const itself: ReadonlySet<string> = new Set(['', 'cn=subschema'])
const hears = (request: Request): boolean =>
  request.kind === 'search' && JSON.stringify(request.filter).includes('"approx"')

/** Why an answer is not sorted that should be; 0 where it is, or need not be. */
const unsorted = ({ controls }: Answered): number => {
  const [, value] = controls.find((one) => one.startsWith(control.sortResponse))?.split(' ') ?? []
  return value === undefined ? 0 : readSortResult(Buffer.from(value, 'hex')).code
}

/* What is not drawn, since every difference would be the same one:
 *  - names with `#04…` (RFC 4514 §2.4), which slapd 2.5 refuses, and attributes with options in names, which it takes;
 *  - ß beside SS, and characters that count for nothing (soft hyphen, NUL): RFC 4518 §2.2 folds the one into the other and leaves out the others, slapd does not;
 *  - pages of no entries, which slapd goes on with and RFC 2696 §3 has end;
 *  - names unknown to the schema and `@class` in read controls: slapd refuses them, RFC 4527 §3.1 has them as in a search;
 *  - aliases, which the house does not have;
 *  - assertion controls that cannot be read, and a new name by createTimestamp: they end slapd 2.5.13. */

/** Where the house may answer something else than slapd 2.5.13, and why. */
export const allowed: readonly { readonly why: string; readonly when: (found: Difference) => boolean }[] = [
  {
    why: 'each server says other things of itself, in the root DSE and the subschema entry',
    when: ({ request, ours, theirs }) =>
      (request.kind === 'search' && itself.has(request.base.toLowerCase()) && ours.code === theirs.code) ||
      (request.kind === 'compare' && itself.has(request.dn.toLowerCase())),
  },
  {
    why: 'slapd names no matched entry when the parent of what is renamed is missing; RFC 4511 §4.1.9 has it named',
    when: ({ request, ours, theirs }) =>
      request.kind === 'rename' && ours.code === 32 && theirs.code === 32 && theirs.matchedDN === '',
  },
  {
    why: 'slapd answers no paged results control to a search without candidates, or of one entry; RFC 2696 §3 has it answered',
    when: ({ request, ours, theirs }) =>
      request.kind === 'search' &&
      !theirs.controls.some((one) => one.startsWith(control.pagedResults)) &&
      ours.entries.join() === theirs.entries.join(),
  },
  {
    why: 'slapd refuses a search that it cannot sort with 16 or 18, critical or not; RFC 2891 §2 has 12, or an unsorted answer',
    when: ({ controls, ours, theirs }) =>
      [16, 18].includes(theirs.code) &&
      (unsorted(ours) !== 0 || (ours.code === 4 && controls.some(({ oid }) => oid === control.sortRequest))),
  },
  {
    why: 'slapd sorts by rules that are not for the values, and twice by one attribute; RFC 2891 §1.1 refuses the latter',
    when: ({ ours, theirs }) => theirs.code === 0 && [18, 53].includes(unsorted(ours)),
  },
  {
    why: 'slapd compares hasSubordinates of entries that are not there, and answers 0',
    when: ({ request, theirs }) =>
      request.kind === 'compare' && request.type === 'hasSubordinates' && theirs.code === 0,
  },
  {
    why: 'which entries come before a size limit or the end of a page is nobody’s promise',
    when: ({ request, ours, theirs }) =>
      request.kind === 'search' &&
      ours.entries.length === theirs.entries.length &&
      ours.code === theirs.code &&
      (ours.code === 4 || theirs.controls.some((one) => one.endsWith('more'))),
  },
  {
    why: 'slapd shows a renamed entry under its parent as the request spelt it, and in the next search as it is called',
    when: ({ request, ours, theirs, afterwards }) =>
      !afterwards && request.kind === 'rename' && ours.code === 0 && theirs.code === 0,
  },
  {
    why: 'each server gives its own identifiers and moments',
    when: ({ request, controls }) =>
      (request.kind === 'search' && /"(?:entryUUID|createTimestamp)"/.test(JSON.stringify(request.filter))) ||
      controls.some(({ value }) => /entryUUID|createTimestamp/.test(value?.toString('latin1') ?? '')),
  },
  {
    why: 'slapd hears what is alike (~=) by sound; RFC 4511 §4.5.1.7.6 leaves that to the server, and here it is equality',
    when: ({ request, controls }) =>
      hears(request) || controls.some(({ value }) => value?.includes(0xa8) ?? false),
  },
  {
    why: 'slapd cannot compare entryDN',
    when: ({ request, theirs }) =>
      request.kind === 'compare' && request.type === 'entryDN' && theirs.code === 53,
  },
  {
    why: 'certificates are kept and shown, but have no equality rule here',
    when: ({ request, ours }) =>
      request.kind === 'compare' && request.type.startsWith('userCertificate') && ours.code === 18,
  },
]
