import { Attribute, Change, type Client } from 'ldapts'
import type { Profile } from '../../domain/profile.ts'
import { control } from '../../ldap-protocol/oids.ts'
import { openBound, type Access } from './bound.ts'
import { tellHidden } from './context-csn.ts'
import { valuesOf, type Finding, type Tell } from './finding.ts'
import { isInSight } from './in-sight.ts'
import { tellPolicy } from './password-policy.ts'
import { tellSignIns } from './sign-ins.ts'

/** Somebody of no feed, by whom the right to write is tried. */
export interface Trial {
  readonly dn: string
  readonly attributes: Readonly<Record<string, readonly string[]>>
  /** The password whose verifier is among them. */
  readonly password: string
  /** Sign-ins a second to be ready for; null: not measured. */
  readonly peakPerSecond: number | null
}

/** Looks at a directory as its keeper would find it: reached, bound, base, controls, schema; with a trial, whether an
 *  entry can be added, its password opens it and a wrong one does not, and it can be removed again. Never throws for what
 *  a directory does. */
export async function examine(profile: Profile, access: Access, trial: Trial | null): Promise<Finding[]> {
  const findings: Finding[] = []
  const tell = (what: string, level: Finding['level'], detail: string) =>
    findings.push({ what, level, detail })
  let client: Client
  try {
    client = await openBound(profile.name, access)
  } catch (error) {
    tell('connection', 'fault', `${access.url}: ${reasonOf(error)}`)
    return findings
  }
  try {
    tell('connection', 'fine', `${access.url}, as ${access.bindDn}`)
    tellControls(await rootDse(client), tell)
    await tellBase(client, profile, access, tell)
    await tellHidden(client, profile, tell)
    await tellSchema(client, profile, tell)
    await tellPolicy(client, profile, tell)
    if (trial !== null) await tellRights(client, profile, access, trial, tell)
  } catch (error) {
    tell('answers', 'fault', reasonOf(error))
  } finally {
    await client.unbind().catch(() => undefined)
  }
  return findings
}

interface RootDse {
  readonly controls: ReadonlySet<string>
  readonly vendor: string
}

async function rootDse(client: Client): Promise<RootDse> {
  const { searchEntries } = await client.search('', {
    scope: 'base',
    filter: '(objectClass=*)',
    attributes: ['supportedControl', 'vendorName', 'structuralObjectClass'],
  })
  const [root] = searchEntries
  const vendor =
    valuesOf(root?.['vendorName'])[0] ?? valuesOf(root?.['structuralObjectClass'])[0] ?? 'unknown'
  return { controls: new Set(valuesOf(root?.['supportedControl'])), vendor }
}

function tellControls({ controls, vendor }: RootDse, tell: Tell): void {
  tell('server', 'fine', vendor)
  const wanted: readonly (readonly [oid: string, name: string, without: string])[] = [
    [control.assertion, 'assertion (RFC 4528)', 'a change cannot be tied to the state it was planned from'],
    [control.postRead, 'post-read (RFC 4527)', 'each change is read back by a search of its own'],
    [
      control.syncRequest,
      'content synchronisation (RFC 4533)',
      'changes are followed by entryCSN, or all is read each time',
    ],
  ]
  for (const [oid, name, without] of wanted)
    if (controls.has(oid)) tell(name, 'fine', 'offered')
    else tell(name, 'warning', `not offered: ${without}`)
  if (!controls.has(control.pagedResults) && !controls.has(control.syncRequest))
    tell(
      'paged results (RFC 2696)',
      'fault',
      'not offered, nor content synchronisation: the directory cannot be read whole',
    )
}

async function tellBase(client: Client, profile: Profile, access: Access, tell: Tell): Promise<void> {
  const { base, filter } = profile
  try {
    const { searchEntries } = await client.search(base, {
      scope: 'base',
      filter: '(objectClass=*)',
      attributes: ['1.1'],
    })
    if (searchEntries.length === 0) {
      tell('base', 'fault', `${base} is not seen`)
      return
    }
  } catch (error) {
    tell('base', 'fault', `${base}: ${reasonOf(error)}`)
    return
  }
  const { searchEntries } = await client
    .search(base, { scope: 'sub', filter, attributes: ['1.1'], sizeLimit: 1 })
    .catch(
      // One more than was asked for is there.
      (error: unknown) => ({ searchEntries: asLimit(error) }),
    )
  if (searchEntries.length > 0) tell('base', 'fine', `${base}, students are seen`)
  else if (await isInSight(profile.name, access, base)) tell('base', 'fine', `${base}, no student yet`)
  else
    tell(
      'base',
      'fault',
      `${base} has entries, and none is shown: ${access.bindDn} lacks the right to read them`,
    )
}

async function tellSchema(client: Client, { managed, objectClasses }: Profile, tell: Tell): Promise<void> {
  const { searchEntries } = await client.search('cn=Subschema', {
    scope: 'base',
    filter: '(objectClass=subschema)',
    attributes: ['attributeTypes', 'objectClasses'],
  })
  const [subschema] = searchEntries
  if (subschema === undefined) {
    tell('schema', 'warning', 'cn=Subschema is not seen: nothing can be said of it')
    return
  }
  const missing = (wanted: readonly string[], definitions: readonly string[]) => {
    const known = new Set(definitions.flatMap(namesIn))
    return wanted.filter((name) => !known.has(name.toLowerCase()))
  }
  const attributes = missing(managed, valuesOf(subschema['attributeTypes']))
  const classes = missing(objectClasses, valuesOf(subschema['objectClasses']))
  if (attributes.length + classes.length === 0) {
    tell('schema', 'fine', `${managed.length} attributes and ${objectClasses.length} classes`)
    return
  }
  tell('schema', 'fault', `does not know ${[...classes, ...attributes].join(', ')}`)
}

/** Adds the entry of the trial, opens it, and takes it away, whatever comes between. */
async function tellRights(
  client: Client,
  { name }: Profile,
  access: Access,
  trial: Trial,
  tell: Tell,
): Promise<void> {
  const attributes = Object.fromEntries(
    Object.entries(trial.attributes).map(([type, all]) => [type, [...all]]),
  )
  try {
    await client.add(trial.dn, attributes)
  } catch (error) {
    if (await addsWithoutPassword(client, trial.dn, attributes))
      tell(
        'password policy',
        'fault',
        `an entry is taken without its password, and refused with it: ${reasonOf(error)}. Values that are hashed already must be let through for ${access.bindDn} (pwdCheckQuality 0 or 1)`,
      )
    else tell('right to write', 'fault', `an entry cannot be added: ${reasonOf(error)}`)
    return
  }
  try {
    const opens = (password: string) =>
      openBound(name, { ...access, bindDn: trial.dn, password }).then(
        (one) => one.unbind().then(() => true),
        () => false,
      )
    const [right, wrong] = [await opens(trial.password), await opens(`not ${trial.password}`)]
    if (right && !wrong) tell('passwords', 'fine', 'a stored verifier opens, and a wrong password does not')
    else if (wrong) tell('passwords', 'fault', 'a wrong password opens the account')
    else tell('passwords', 'fault', 'the stored verifier does not open: the server does not know its scheme')
    if (right) await tellOwnPassword(name, access, trial, tell)
    const { dn, password, peakPerSecond } = trial
    if (right && peakPerSecond !== null)
      await tellSignIns(name, access, { dn, password, peakPerSecond }, tell)
  } finally {
    await client.del(trial.dn).then(
      () => tell('right to write', 'fine', 'an entry was added and removed'),
      (error: unknown) =>
        tell('right to write', 'fault', `${trial.dn} cannot be removed: ${reasonOf(error)}`),
    )
  }
}

/** Tells whether students can change the password of their entry past the house: it would be put back, or open here alone. */
async function tellOwnPassword(name: string, access: Access, trial: Trial, tell: Tell): Promise<void> {
  const own = await openBound(name, { ...access, bindDn: trial.dn, password: trial.password })
  try {
    const values = [...(trial.attributes['userPassword'] ?? [])]
    const modification = new Attribute({ type: 'userPassword', values })
    await own.modify(trial.dn, new Change({ operation: 'replace', modification }))
    tell(
      'own password',
      'fault',
      'students can change userPassword of their entry: it would be put back, and hold in no other directory',
    )
  } catch (error) {
    tell('own password', 'fine', `students cannot change it here (${reasonOf(error)})`)
  } finally {
    await own.unbind().catch(() => undefined)
  }
}

/** Whether the entry of a trial is taken once it bears no password; nothing is left of it. */
async function addsWithoutPassword(
  client: Client,
  dn: string,
  { userPassword: _, ...others }: Record<string, string[]>,
): Promise<boolean> {
  try {
    await client.add(dn, others)
  } catch {
    return false
  }
  await client.del(dn)
  return true
}

/** The names that a definition gives (RFC 4512, 4.1). */
function namesIn(definition: string): string[] {
  const [, one, several] = /\bNAME\s+(?:'([^']+)'|\(([^)]*)\))/.exec(definition) ?? []
  const names =
    one === undefined ? [...(several ?? '').matchAll(/'([^']+)'/g)].map(([, each]) => each ?? '') : [one]
  return names.map((each) => each.toLowerCase())
}

function asLimit(error: unknown): object[] {
  if ((error as { code?: unknown }).code === 4) return [{}]
  throw error
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause, message } = error
  return cause instanceof Error ? `${message} (${cause.message.trim()})` : message.trim()
}
