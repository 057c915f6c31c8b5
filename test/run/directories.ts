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
import { makeCertificates, type Certificates } from './servers/certificates.ts'
import {
  localClient,
  servicePassword as password,
  startSlapd,
  type Slapd,
  type SlapdSettings,
} from './servers/slapd.ts'
import { readLdif } from './servers/ldif.ts'
import { Theirs, type Given } from './theirs.ts'
import { openWire, type Wire } from './wire.ts'
import { systemClock } from '../../platform/clock.ts'

/** embedded: of the house, in memory · openldap: a real OpenLDAP each, the primary by StartTLS, Paris-Sorbonne in clear,
 *  UPMC by ldaps, each under the access rules of docker/openldap. */
export type DirectoryKind = 'embedded' | 'openldap'

/** A directory, real, behind a wire that can be cut. */
export interface TestDirectory {
  readonly profile: Profile
  readonly target: Target
  readonly wire: Wire
  /** Its address, by the wire. */
  readonly url: string
  /** The server to stop, freeze, fill; null for one that is embedded. */
  readonly slapd: Slapd | null
  /** The entry that bears a number, with all its attributes. */
  entry(number: string): Promise<Entry | null>
  /** Whether the password opens the account. */
  bind(number: string, password: string): Promise<boolean>
  /** Writes as somebody else would: with the service account, past the house. */
  modify(number: string, replace: Given): Promise<void>
  add(dn: string, attributes: Given): Promise<void>
  rename(dn: string, to: string): Promise<void>
  remove(dn: string): Promise<void>
  /** Every entry below the base is gone. */
  empty(): Promise<void>
  /** Puts there what others have in such a tree; on real servers alone. */
  plant(): Promise<void>
  /** What of all that others have written is not as they left it, byte for byte; of entries whose entryUUID is among
   *  `ours`, the attributes that are not. Nothing is said of one that is embedded. */
  disturbed(ours: ReadonlySet<string>): Promise<string[]>
  close(): Promise<void>
}

export async function openDirectories(
  kind: DirectoryKind = 'embedded',
  changed: Partial<SlapdSettings> = {},
): Promise<Map<string, TestDirectory>> {
  const certificates = kind === 'openldap' ? await makeCertificates() : null
  const opened = new Map<string, TestDirectory>()
  for (const profile of Object.values(profiles)) {
    const place = certificates ? await openldap(profile, certificates, changed) : await embedded(profile)
    opened.set(profile.name, await openDirectory(profile, place))
  }
  return opened
}

/** Where a directory is. */
interface Place {
  readonly url: string
  readonly ca: string | undefined
  readonly startTls: boolean
  readonly slapd: Slapd | null
  /** A client to write with past the house, not yet bound. */
  hand(): Client
  close(): Promise<void>
}

async function embedded({ base }: Profile): Promise<Place> {
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
  const url = `ldap://127.0.0.1:${port}`
  const hand = () => new Client({ url })
  return { url, ca: undefined, startTls: false, slapd: null, hand, close: () => directory.close() }
}

const settings: Readonly<Record<string, Partial<SlapdSettings>>> = {
  primary: { tls: 'starttls', overlay: 'syncprov' },
  upmc: { tls: 'ldaps' },
}

async function openldap(
  { name, base }: Profile,
  certificates: Certificates,
  changed: Partial<SlapdSettings>,
): Promise<Place> {
  const its = settings[name]
  const slapd = await startSlapd(base, { ...(its ? { ...its, certificates } : {}), ...changed })
  const { url, ca, startTls } = slapd
  const hand = () => localClient(slapd.local)
  return { url, ca, startTls, slapd, hand, close: async () => slapd[Symbol.asyncDispose]() }
}

async function openDirectory(profile: Profile, place: Place): Promise<TestDirectory> {
  const { base } = profile
  const { url, ca, startTls, slapd } = place
  const { protocol, port } = new URL(url)
  const wire = await openWire(Number(port))
  const bindDn = serviceDn('matricule', base)
  const wired = `${protocol}//127.0.0.1:${wire.port}`
  const target = createLdapTarget({
    profile,
    url: wired,
    bindDn,
    password,
    mode: 'write',
    startTls,
    ...(ca === undefined ? {} : { ca }),
    timeoutMs: 5_000,
    clock: systemClock,
    window: 32,
  })
  const open = async (): Promise<Client> => {
    const client = place.hand()
    await client.bind(bindDn, password)
    return client
  }
  const theirs = new Theirs()
  let hand = await open()
  const byHand = async (): Promise<Client> => {
    // The server may have been stopped and started since.
    if (!hand.isBound) hand = await open()
    return hand
  }

  const find = async (number: string): Promise<Entry | null> => {
    const { searchEntries } = await (
      await byHand()
    ).search(base, {
      filter: `(uid=${number})`,
      attributes: ['*', '+'],
    })
    return searchEntries[0] ?? null
  }
  const add = async (dn: string, attributes: Given): Promise<void> => {
    const all = Object.entries(attributes)
    const client = await byHand()
    await client.add(
      dn,
      all.map(([type, values]) => new Attribute({ type, values: valuesOf(values) })),
    )
    if (slapd) await theirs.added(client, dn, attributes)
  }
  return {
    profile,
    target,
    wire,
    url: wired,
    slapd,
    entry: find,
    async bind(number, typed) {
      const tlsOptions = { ca, host: '127.0.0.1' }
      const client = new Client({ url, ...(protocol === 'ldaps:' ? { tlsOptions } : {}) })
      try {
        if (startTls) await client.startTLS(tlsOptions)
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
            modification: new Attribute({ type, values: valuesOf(values) }),
          }),
      )
      const client = await byHand()
      await client.modify(entry?.dn ?? '', changes)
      if (slapd) await theirs.modified(client, entry?.dn ?? '', replace)
    },
    add,
    async rename(dn, to) {
      const client = await byHand()
      await client.modifyDN(dn, to)
      if (slapd) await theirs.renamed(client, to)
    },
    async remove(dn) {
      await (await byHand()).del(dn)
      theirs.removed(dn)
    },
    async plant() {
      if (slapd) for (const [dn, attributes] of othersBelow(base)) await add(dn, attributes)
    },
    async disturbed(ours) {
      if (slapd === null) return []
      const ldif = await readLdif(slapd.local, base)
      return theirs.disturbed(ldif, ours, profile.managed).map((each) => `${profile.name}: ${each}`)
    },
    async empty() {
      const { searchEntries } = await (
        await byHand()
      ).search(base, { filter: '(objectClass=*)', attributes: ['1.1'] })
      const below = searchEntries.map(({ dn }) => dn).filter((dn) => dn !== base)
      const client = await byHand()
      for (const dn of below.sort((one, other) => other.length - one.length)) await client.del(dn)
      theirs.forget()
    },
    async close() {
      await hand.unbind()
      await target.close()
      await wire.close()
      await place.close()
    },
  }
}

/** Staff, a group and a photograph, as such trees have them: some in the shape that we look for, none a student. */
function othersBelow(base: string): [string, Given][] {
  const staff = `ou=Personnels,${base}`
  const head = `uid=direction,${staff}`
  const isStudentTree = base.startsWith('ou=people,dc=sorbonne-universite')
  return [
    [staff, { objectClass: ['organizationalUnit'], ou: ['Personnels'], description: ['à ne pas toucher'] }],
    [
      head,
      {
        objectClass: ['inetOrgPerson', ...(isStudentTree ? ['supannPerson'] : [])],
        uid: ['direction'],
        cn: ['Émilie du Châtelet'],
        sn: ['du Châtelet'],
        mail: ['direction@personnels.example.org'],
        jpegPhoto: [Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0x00, 0x0a, 0x80, 0xc3, 0x28])],
      },
    ],
    [
      `cn=Tous,${staff}`,
      { objectClass: ['groupOfNames'], cn: ['Tous'], member: [head, `uid=21999999,${base}`] },
    ],
  ]
}

/** What a client of ldapts takes: either texts or bytes. */
function valuesOf(values: readonly (string | Buffer)[]): string[] | Buffer[] {
  const texts = values.filter((each) => typeof each === 'string')
  return texts.length === values.length ? texts : values.map((each) => Buffer.from(each as Buffer))
}
