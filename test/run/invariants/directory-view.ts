import { Client, type Entry } from 'ldapts'
import { serviceDn } from '../../../bin/first-entries.ts'
import type { TestDirectory } from '../directories.ts'
import { servicePassword } from '../servers/slapd.ts'

/** The values of an entry by attribute, in lower case. */
export type Values = Readonly<Record<string, readonly string[]>>

/** A directory as somebody sees it who has nothing to do with us. */
export interface DirectoryView {
  readonly name: string
  /** Every entry under the base, by DN in lower case, with all attributes, those of the server too. */
  read(): Promise<Map<string, Values>>
  /** Whether the password opens a student's account. */
  bind(number: string, password: string): Promise<boolean>
}

/** The view of a directory of a test, embedded or not, on connections of its own. */
export function viewOf(directory: TestDirectory): DirectoryView {
  const { profile, url, slapd } = directory
  const { name, base } = profile
  // TLS that is started on a connection does not know to whom it is.
  const tlsOptions = { ...(slapd?.ca === undefined ? {} : { ca: slapd.ca }), host: new URL(url).hostname }
  return {
    name,
    bind: (number, password) => directory.bind(number, password),
    async read() {
      const client = new Client({ url, ...(url.startsWith('ldaps:') ? { tlsOptions } : {}) })
      try {
        if (slapd?.startTls) await client.startTLS(tlsOptions)
        await client.bind(serviceDn('matricule', base), servicePassword)
        const paged = { pageSize: 500 }
        const { searchEntries } = await client.search(base, { attributes: ['*', '+'], paged })
        return new Map(searchEntries.map(({ dn, ...values }) => [dn.toLowerCase(), valuesOf(values)]))
      } finally {
        await client.unbind()
      }
    },
  }
}

function valuesOf(found: Omit<Entry, 'dn'>): Values {
  return Object.fromEntries(
    Object.entries(found).map(([name, value]) => [
      name.toLowerCase(),
      [value].flat().map((each) => (typeof each === 'string' ? each : each.toString('latin1'))),
    ]),
  )
}
