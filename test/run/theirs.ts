import type { Client } from 'ldapts'
import { parseLdif } from '../../ldap-protocol/ldif.ts'

type Value = string | Buffer
export type Given = Readonly<Record<string, readonly Value[]>>

/** What somebody else has written, of one entry. */
interface Written {
  dn: string
  /** Whether the whole entry is theirs, or some attributes of one of ours. */
  readonly whole: boolean
  /** By attribute in lower case: the values in base64, in order. */
  readonly values: Map<string, readonly string[]>
  /** What the server noted of it then: it moves with any change, even one to the same values. */
  csn: string
}

/** Entries and attributes of others in one directory, as they were left by them. */
export class Theirs {
  readonly #written = new Map<string, Written>()

  async added(client: Client, dn: string, given: Given): Promise<void> {
    const { uuid, csn } = await nameOf(client, dn)
    this.#written.set(uuid, { dn, whole: true, values: encoded(given), csn })
  }

  async modified(client: Client, dn: string, given: Given): Promise<void> {
    const { uuid, csn } = await nameOf(client, dn)
    const known = this.#written.get(uuid) ?? { dn, whole: false, values: new Map(), csn }
    for (const [name, values] of encoded(given)) known.values.set(name, values)
    this.#written.set(uuid, { ...known, csn })
  }

  async renamed(client: Client, dn: string): Promise<void> {
    const { uuid, csn } = await nameOf(client, dn)
    const known = this.#written.get(uuid)
    if (known) Object.assign(known, { dn, csn })
  }

  removed(dn: string): void {
    for (const [uuid, known] of this.#written) if (isSame(known.dn, dn)) this.#written.delete(uuid)
  }

  forget(): void {
    this.#written.clear()
  }

  /** What is no longer as they left it, in the directory that `ldif` tells of, all attributes included. Of an entry that
   *  has become ours, by being taken over, the `managed` attributes are ours too. */
  disturbed(ldif: string, ours: ReadonlySet<string>, managed: readonly string[]): string[] {
    const stands = entriesIn(ldif)
    const own = new Set(managed.map((name) => name.toLowerCase()))
    return [...this.#written].flatMap(([uuid, { dn, whole, values, csn }]) => {
      const entry = stands.get(uuid)
      const isOurs = !whole || ours.has(uuid)
      // An entry of ours may go, and what others wrote there with it.
      if (entry === undefined) return isOurs ? [] : [`${dn} is gone`]
      const found = [...values]
        .filter(([name]) => !isOurs || !own.has(name))
        .filter(([name, wanted]) => (entry.values.get(name) ?? []).join() !== wanted.join())
        .map(([name]) => `${name} of ${dn} was changed`)
      if (isOurs) return found
      if (!isSame(entry.dn, dn)) found.push(`${dn} was renamed`)
      if (entry.csn !== csn) found.push(`${dn} was written`)
      return found
    })
  }
}

interface Stands {
  readonly dn: string
  readonly csn: string
  readonly values: ReadonlyMap<string, readonly string[]>
}

/** Entries by entryUUID. */
function entriesIn(ldif: string): Map<string, Stands> {
  const found = new Map<string, Stands>()
  for (const record of parseLdif(ldif)) {
    if (record.kind !== 'entry') continue
    const values = encoded(Object.fromEntries(record.attributes.map(({ type, values: all }) => [type, all])))
    const textOf = (name: string) => Buffer.from(values.get(name)?.[0] ?? '', 'base64').toString()
    found.set(textOf('entryuuid'), { dn: record.dn, csn: textOf('entrycsn'), values })
  }
  return found
}

function encoded(given: Given): Map<string, readonly string[]> {
  return new Map(
    Object.entries(given).map(([name, values]) => [
      name.toLowerCase(),
      values
        .map((value) => (typeof value === 'string' ? Buffer.from(value) : value).toString('base64'))
        .sort(),
    ]),
  )
}

async function nameOf(client: Client, dn: string): Promise<{ uuid: string; csn: string }> {
  const { searchEntries } = await client.search(dn, {
    scope: 'base',
    attributes: ['entryUUID', 'entryCSN'],
  })
  const [entry] = searchEntries
  return { uuid: String(entry?.['entryUUID']), csn: String(entry?.['entryCSN']) }
}

const isSame = (one: string, other: string) => one.toLowerCase() === other.toLowerCase()
