import type { Attributes, Change } from '../../../domain/entry.ts'
import { remembering, type Forwarding, type ForwardingMemory } from '../../../domain/forwarding.ts'
import { IdentityError } from '../../../platform/error.ts'
import { forgetForwarding, intendForwarding } from '../../../registry/mailboxes.ts'
import type { After, Found } from '../target.ts'
import { written } from './accounts.ts'
import { isFault } from './fault.ts'
import { accountBy, boxIn, foundOf, knownOf, type Ask, type Desk, type Known } from './read.ts'
import { forwardingIn } from './weigh.ts'

const noForwarding: Forwarding = { address: null, barred: false }

/** Makes one change of a mailbox. What it is told of forwarding is written down first. Answers as `Lane.apply` does. */
export async function write(
  desk: Desk,
  ask: Ask,
  change: Change,
  seen: Found | null,
): Promise<After | undefined> {
  if (change.kind === 'add') {
    await add(desk, ask, change.id, change.dn, change.attributes)
    return undefined
  }
  if (seen === null) throw new TypeError('a change of a mailbox that nobody has read')
  const known = knownOf(desk, seen)
  switch (change.kind) {
    case 'rename':
      return { found: await rename(desk, ask, change.id, known, change.to), exact: false }
    case 'modify':
      return { found: await modify(desk, ask, change.id, known, change.replace), exact: false }
    case 'remove':
      await remove(desk, ask, change.id, known)
      return { found: null, exact: true }
  }
}

/** An account without a password: the domain has passwords checked elsewhere. */
async function add(desk: Desk, ask: Ask, number: string, name: string, all: Attributes): Promise<void> {
  if (desk.createdBy === 'zimbra') throw refused(desk, 'Zimbra has not made it yet')
  const { zimbraMailAlias: aliases = [], ...attributes } = all
  const { db } = desk.registry
  const memory = remembering(noForwarding, forwardingIn(attributes), undefined)
  // What another mailbox had, in another life, is nothing to this one.
  if (memory === undefined) await forgetForwarding(db, number)
  else await intendForwarding(db, number, memory)
  const create = () => ask('CreateAccount', { name, a: written(attributes) })
  const answer = await unlessTaken(desk, ask, name, create, entryAlreadyExists)
  const { id } = boxIn(desk.profile.name, answer)
  await addAliases(desk, ask, id, aliases)
}

async function modify(
  desk: Desk,
  ask: Ask,
  number: string,
  { box, memory }: Known,
  replace: Attributes,
): Promise<Found> {
  const { zimbraMailAlias: aliases = [], ...attributes } = replace
  const told = forwardingIn({ ...box.attributes, ...attributes })
  const next = remembering(forwardingIn(box.attributes), told, memory)
  if (next !== undefined) await intendForwarding(desk.registry.db, number, next)
  if (Object.keys(attributes).length > 0) await ask('ModifyAccount', { id: box.id, a: written(attributes) })
  const standing = new Set((box.attributes['zimbraMailAlias'] ?? []).map((alias) => alias.toLowerCase()))
  await addAliases(
    desk,
    ask,
    box.id,
    aliases.filter((alias) => !standing.has(alias.toLowerCase())),
  )
  return foundAgain(desk, ask, number, box.id, next ?? memory)
}

/** A mailbox as a change has left it. */
async function foundAgain(
  desk: Desk,
  ask: Ask,
  number: string,
  id: string,
  memory: ForwardingMemory | undefined,
): Promise<Found> {
  const now = await accountBy(desk, ask, 'id', id)
  if (now === null) throw refused(desk, 'a mailbox is gone that was there a moment ago')
  return foundOf(desk, number, now, memory)
}

/** An alias of its own must be given up before it can be its name. */
async function rename(
  desk: Desk,
  ask: Ask,
  number: string,
  { box, memory }: Known,
  to: string,
): Promise<Found> {
  const { id } = box
  const own = (box.attributes['zimbraMailAlias'] ?? []).find(
    (alias) => alias.toLowerCase() === to.toLowerCase(),
  )
  if (own !== undefined)
    await unlessGone('account.NO_SUCH_ALIAS', () => ask('RemoveAccountAlias', { id, alias: own }))
  await unlessTaken(desk, ask, to, () => ask('RenameAccount', { id, newName: to }))
  return foundAgain(desk, ask, number, id, memory)
}

async function remove(desk: Desk, ask: Ask, number: string, { box: { id } }: Known): Promise<void> {
  await unlessGone('account.NO_SUCH_ACCOUNT', () => ask('DeleteAccount', { id }))
  await forgetForwarding(desk.registry.db, number)
}

async function addAliases(desk: Desk, ask: Ask, id: string, aliases: readonly string[]): Promise<void> {
  for (const alias of aliases)
    await unlessTaken(desk, ask, alias, () => ask('AddAccountAlias', { id, alias }))
}

/** An address that something else bears: an account, which the next look finds, or what is no account, and stays in the way
 *  until a person has seen to it. `telling` goes into the details of the error. */
async function unlessTaken<T>(
  desk: Desk,
  ask: Ask,
  address: string,
  act: () => Promise<T>,
  telling: Readonly<Record<string, unknown>> = {},
): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (!taken.some((code) => isFault(error, code))) throw error
    const target = desk.profile.name
    const facts = { cause: error, details: { target, ...telling } }
    if ((await accountBy(desk, ask, 'name', address)) === null)
      throw new IdentityError('TARGET_CONFLICT', `${target}: a list or a resource bears the address`, facts)
    throw new IdentityError('TARGET_REFUSED', `${target}: the address is borne already`, {
      ...facts,
      transient: true,
    })
  }
}

const taken = ['account.ACCOUNT_EXISTS', 'account.ALIAS_EXISTS', 'account.DISTRIBUTION_LIST_EXISTS'] as const
/** As LDAP says it (RFC 4511, 4.1.9), for those who settle: the name of a new entry is somebody else's. */
const entryAlreadyExists = { resultCode: 68 }

async function unlessGone(code: string, act: () => Promise<unknown>): Promise<void> {
  try {
    await act()
  } catch (error) {
    if (!isFault(error, code)) throw error
  }
}

function refused({ profile }: Desk, what: string): IdentityError {
  return new IdentityError('TARGET_REFUSED', `${profile.name}: ${what}`, {
    transient: true,
    details: { target: profile.name },
  })
}
