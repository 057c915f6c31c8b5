import { Attribute, Change, Client, type Entry } from 'ldapts'
import { createDirectory, houseRules } from '../../bin/directory.ts'
import { firstEntries } from '../../bin/first-entries.ts'
import { serviceDn, suffixOf } from '../../bin/first-entries.ts'
import { createLdapTarget } from '../../daemon/target/ldap.ts'
import type { Target } from '../../daemon/target/target.ts'
import type { Profile } from '../../domain/profile.ts'
import { profiles } from '../../domain/profiles/index.ts'
import { systemChance } from '../../platform/chance.ts'
import { createVerifiers } from '../../platform/verifier.ts'
import { openWire, type Wire } from './wire.ts'

const password = 'demo'

/** A directory of the house, real, in memory, behind a wire that can be cut. */
export interface TestDirectory {
  readonly profile: Profile
  readonly target: Target
  readonly wire: Wire
  /** The entry that bears a number, with all its attributes. */
  entry(number: string): Promise<Entry | null>
  /** Whether the password opens the account. */
  bind(number: string, password: string): Promise<boolean>
  /** Writes as somebody else would: with the service account, past the house. */
  modify(number: string, replace: Readonly<Record<string, readonly string[]>>): Promise<void>
  add(dn: string, attributes: Readonly<Record<string, readonly string[]>>): Promise<void>
  rename(dn: string, to: string): Promise<void>
  remove(dn: string): Promise<void>
  /** Every entry below the base is gone. */
  empty(): Promise<void>
  close(): Promise<void>
}

export async function openDirectories(): Promise<Map<string, TestDirectory>> {
  const opened = new Map<string, TestDirectory>()
  for (const profile of Object.values(profiles)) opened.set(profile.name, await openDirectory(profile))
  return opened
}

async function openDirectory(profile: Profile): Promise<TestDirectory> {
  const { base } = profile
  const suffix = suffixOf(base)
  const directory = await createDirectory({
    suffix,
    folder: null,
    access: houseRules(suffix, base),
    limits: { freeFailures: 1_000 },
  })
  await directory.open()
  const verifiers = createVerifiers({
    schemes: ['ssha512'],
    chance: systemChance,
    argon2: { memory_kib: 8_192, passes: 1, lanes: 1 },
  })
  await directory.seed(
    await firstEntries(base, { matricule: password, cas: password, zimbra: password }, verifiers),
  )
  const { port } = await directory.listen({ host: '127.0.0.1', port: 0 })
  const wire = await openWire(port)
  const bindDn = serviceDn('matricule', base)
  const target = createLdapTarget({
    profile,
    url: `ldap://127.0.0.1:${wire.port}`,
    bindDn,
    password,
    mode: 'write',
    startTls: false,
    timeoutMs: 5_000,
  })
  const hand = new Client({ url: `ldap://127.0.0.1:${port}` })
  await hand.bind(bindDn, password)

  const find = async (number: string): Promise<Entry | null> => {
    const { searchEntries } = await hand.search(base, {
      filter: `(uid=${number})`,
      attributes: ['*', '+'],
    })
    return searchEntries[0] ?? null
  }
  return {
    profile,
    target,
    wire,
    entry: find,
    async bind(number, typed) {
      const client = new Client({ url: `ldap://127.0.0.1:${port}` })
      try {
        await client.bind((await find(number))?.dn ?? `uid=${number},${base}`, typed)
        return true
      } catch (error) {
        if ((error as { code?: number }).code === 49) return false
        throw error
      } finally {
        await client.unbind()
      }
    },
    async modify(number, replace) {
      const entry = await find(number)
      const changes = Object.entries(replace).map(
        ([type, values]) =>
          new Change({
            operation: 'replace',
            modification: new Attribute({ type, values: [...values] }),
          }),
      )
      await hand.modify(entry?.dn ?? '', changes)
    },
    add: (dn, attributes) =>
      hand.add(
        dn,
        Object.entries(attributes).map(([type, values]) => new Attribute({ type, values: [...values] })),
      ),
    rename: (dn, to) => hand.modifyDN(dn, to),
    remove: (dn) => hand.del(dn),
    async empty() {
      const { searchEntries } = await hand.search(base, { filter: '(objectClass=*)', attributes: ['1.1'] })
      const below = searchEntries.map(({ dn }) => dn).filter((dn) => dn !== base)
      for (const dn of below.sort((one, other) => other.length - one.length)) await hand.del(dn)
    },
    async close() {
      await hand.unbind()
      await target.close()
      await wire.close()
      await directory.close()
    },
  }
}
