import { randomUUID } from 'node:crypto'

/** A refusal as Zimbra says it. */
export class Fault extends Error {
  readonly code: string
  readonly by: 'Sender' | 'Receiver'

  constructor(code: string, by: 'Sender' | 'Receiver' = 'Sender') {
    super(code)
    this.code = code
    this.by = by
  }
}

export interface TestAccount {
  readonly id: string
  name: string
  readonly attributes: Map<string, string[]>
}

type Kind = 'text' | 'boolean' | 'status' | 'addresses' | 'immutable'

/** The attributes of an account that this domain knows, as the schema of Zimbra has them. `zimbraAuthMech` is one of a
 *  domain, and `zimbraMailAlias` changes by its own requests alone. */
const known: Readonly<Record<string, Kind>> = {
  displayName: 'text',
  givenName: 'text',
  sn: 'text',
  zimbraNotes: 'text',
  zimbraAccountStatus: 'status',
  zimbraMailStatus: 'text',
  zimbraPrefMailForwardingAddress: 'addresses',
  zimbraPrefMailLocalDeliveryDisabled: 'boolean',
  zimbraFeatureMailForwardingEnabled: 'boolean',
  zimbraIsAdminAccount: 'boolean',
  zimbraIsDelegatedAdminAccount: 'boolean',
  zimbraIsSystemAccount: 'boolean',
  zimbraIsSystemResource: 'boolean',
  zimbraIsExternalVirtualAccount: 'boolean',
  zimbraId: 'immutable',
  zimbraCreateTimestamp: 'immutable',
  zimbraMailAlias: 'immutable',
  mail: 'immutable',
}
const statuses = ['active', 'maintenance', 'locked', 'closed', 'lockout', 'pending']

/** One domain of a Zimbra: its accounts, lists and resources, and the rules by which they change. */
export class Domain {
  readonly name: string
  readonly accounts = new Map<string, TestAccount>()
  /** Addresses of what is no account, each with its kind. */
  readonly others = new Map<string, { readonly id: string; readonly kind: 'dl' | 'calresource' }>()

  constructor(name: string) {
    this.name = name
  }

  create(
    name: string,
    attributes: ReadonlyMap<string, readonly string[]>,
    at = '20200901000000.000Z',
  ): TestAccount {
    this.#free(name)
    const account: TestAccount = { id: randomUUID(), name: name.toLowerCase(), attributes: new Map() }
    account.attributes.set('zimbraId', [account.id])
    account.attributes.set('zimbraCreateTimestamp', [at])
    account.attributes.set('zimbraAccountStatus', ['active'])
    const made = this.#changed(account, attributes)
    this.accounts.set(account.id, made)
    return made
  }

  modify(id: string, attributes: ReadonlyMap<string, readonly string[]>): TestAccount {
    const changed = this.#changed(this.byId(id), attributes)
    this.accounts.set(id, changed)
    return changed
  }

  rename(id: string, name: string): TestAccount {
    const account = this.byId(id)
    // Its own aliases included: one must be given up before it can be the name.
    if (name.toLowerCase() !== account.name) this.#free(name)
    account.name = name.toLowerCase()
    return account
  }

  addAlias(id: string, alias: string): void {
    const account = this.byId(id)
    this.#free(alias)
    account.attributes.set('zimbraMailAlias', [...aliasesOf(account), alias.toLowerCase()])
  }

  removeAlias(id: string, alias: string): void {
    const account = this.byId(id)
    const left = aliasesOf(account).filter((each) => each !== alias.toLowerCase())
    if (left.length === aliasesOf(account).length) throw new Fault('account.NO_SUCH_ALIAS')
    if (left.length > 0) account.attributes.set('zimbraMailAlias', left)
    else account.attributes.delete('zimbraMailAlias')
  }

  remove(id: string): void {
    this.accounts.delete(this.byId(id).id)
  }

  byId(id: string): TestAccount {
    const found = this.accounts.get(id)
    if (found === undefined) throw new Fault('account.NO_SUCH_ACCOUNT')
    return found
  }

  /** By name or alias, as Zimbra finds accounts. */
  byAddress(address: string): TestAccount {
    const found = [...this.accounts.values()].find(
      (each) => each.name === address.toLowerCase() || aliasesOf(each).includes(address.toLowerCase()),
    )
    if (found === undefined) throw new Fault('account.NO_SUCH_ACCOUNT')
    return found
  }

  #free(name: string): void {
    if (!/^[^@\s,;<>"]+@[^@\s]+$/.test(name)) throw new Fault('service.INVALID_REQUEST')
    if (!name.toLowerCase().endsWith(`@${this.name}`)) throw new Fault('account.NO_SUCH_DOMAIN')
    const borne = [...this.accounts.values()].some(
      (each) => each.name === name.toLowerCase() || aliasesOf(each).includes(name.toLowerCase()),
    )
    if (borne || this.others.has(name.toLowerCase())) throw new Fault('account.ACCOUNT_EXISTS')
  }

  /** All of it, or nothing. */
  #changed(account: TestAccount, changes: ReadonlyMap<string, readonly string[]>): TestAccount {
    const attributes = new Map(account.attributes)
    for (const [name, values] of changes) {
      const kind = known[name]
      if (kind === undefined) throw new Fault('account.INVALID_ATTR_NAME')
      if (kind === 'immutable') throw new Fault('account.INVALID_ATTR_VALUE')
      if (values.length > 1) throw new Fault('account.INVALID_ATTR_VALUE')
      const [value = ''] = values
      const right =
        value === '' ||
        (kind === 'boolean'
          ? ['TRUE', 'FALSE'].includes(value)
          : kind === 'status'
            ? statuses.includes(value)
            : kind === 'addresses'
              ? value.split(',').every((each) => /^[^@\s]+@[^@\s]+$/.test(each))
              : value.length <= 1_024)
      if (!right) throw new Fault('account.INVALID_ATTR_VALUE')
      if (value === '') attributes.delete(name)
      else attributes.set(name, [value])
    }
    const status = changes.get('zimbraAccountStatus')?.[0]
    if (status !== undefined)
      attributes.set('zimbraMailStatus', [status === 'closed' ? 'disabled' : 'enabled'])
    return { ...account, attributes }
  }
}

export function aliasesOf({ attributes }: TestAccount): readonly string[] {
  return attributes.get('zimbraMailAlias') ?? []
}
