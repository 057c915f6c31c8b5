import { randomUUID } from 'node:crypto'
import { aliasesOf, Fault, type Domain, type TestAccount } from './domain.ts'
import { allow, attributesIn, childText, envelope, escaped, type Asked } from './soap.ts'

/** What the administration interface answers from. */
export interface Place {
  readonly domain: Domain
  readonly administrator: { readonly name: string; readonly password: string }
  readonly newToken: () => string
  /** The listings that are being paged through, by session. */
  readonly listings: Map<string, readonly string[]>
  readonly pageSize: number
}

/** Does what was asked. Throws Fault. */
export function answer(asked: Asked, place: Place): string {
  const act = acts[asked.name]
  if (act === undefined) throw new Fault('service.UNKNOWN_DOCUMENT')
  const { body, context = '', given = '' } = act(asked, place)
  return envelope(
    `<${asked.name}Response xmlns="urn:zimbraAdmin"${given}>${body}</${asked.name}Response>`,
    context,
  )
}

type Act = (asked: Asked, place: Place) => { body: string; context?: string; given?: string }

const acts: Readonly<Record<string, Act>> = {
  Auth(asked, { administrator, newToken }) {
    allow(asked, ['name', 'password'])
    const [name, password] = [childText(asked, 'name'), childText(asked, 'password')]
    if (name !== administrator.name || password !== administrator.password)
      throw new Fault('account.AUTH_FAILED')
    return { body: `<authToken>${newToken()}</authToken><lifetime>43200000</lifetime>` }
  },
  GetAccount(asked, { domain }) {
    allow(asked, ['account', '@attrs', '@applyCos'])
    const [{ given, text } = { given: new Map<string, string>(), text: '' }] = asked.children
    const by = given.get('by')
    if (text === '' || (by !== 'id' && by !== 'name')) throw new Fault('service.INVALID_REQUEST')
    return {
      body: accountXml(by === 'id' ? domain.byId(text) : domain.byAddress(text), asked.given.get('attrs')),
    }
  },
  CreateAccount(asked, { domain }) {
    // No password: the domain has it checked elsewhere, and one that nobody knows would be one more way in.
    allow(asked, ['name'], ['a'])
    return { body: accountXml(domain.create(childText(asked, 'name'), attributesIn(asked))) }
  },
  ModifyAccount(asked, { domain }) {
    allow(asked, ['id'], ['a'])
    const attributes = attributesIn(asked)
    if (attributes.size === 0) throw new Fault('service.INVALID_REQUEST')
    return { body: accountXml(domain.modify(childText(asked, 'id'), attributes)) }
  },
  RenameAccount(asked, { domain }) {
    allow(asked, ['id', 'newName'])
    return { body: accountXml(domain.rename(childText(asked, 'id'), childText(asked, 'newName'))) }
  },
  AddAccountAlias(asked, { domain }) {
    allow(asked, ['id', 'alias'])
    domain.addAlias(childText(asked, 'id'), childText(asked, 'alias'))
    return { body: '' }
  },
  RemoveAccountAlias(asked, { domain }) {
    allow(asked, ['id', 'alias'])
    domain.removeAlias(childText(asked, 'id'), childText(asked, 'alias'))
    return { body: '' }
  },
  DeleteAccount(asked, { domain }) {
    allow(asked, ['id'])
    domain.remove(childText(asked, 'id'))
    return { body: '' }
  },
  SearchDirectory(asked, place) {
    const optional = ['@attrs', '@applyCos', '@applyConfig', '@maxResults', '@sortBy', '@limit', '@offset']
    allow(asked, ['@domain', '@types'], optional)
    const { domain, listings } = place
    if (asked.given.get('domain') !== domain.name) throw new Fault('account.NO_SUCH_DOMAIN')
    const types = (asked.given.get('types') ?? '').split(',')
    const offset = Number(asked.given.get('offset') ?? 0)
    // A session goes on with the listing of its first page; without one, each page is a listing of its own.
    const known = asked.session === null ? undefined : listings.get(asked.session)
    const all = offset > 0 && known ? known : objectsXml(domain, types, asked.given.get('attrs'))
    const most = Number(asked.given.get('maxResults') ?? 5_000)
    if (most > 0 && all.length > most) throw new Fault('account.TOO_MANY_SEARCH_RESULTS')
    const session = asked.session === '' ? randomUUID() : asked.session
    if (session !== null) listings.set(session, all)
    const limit = Math.min(Number(asked.given.get('limit') ?? 0) || Infinity, place.pageSize)
    const page = all.slice(offset, offset + limit)
    const more = offset + page.length < all.length ? 1 : 0
    return {
      body: page.join(''),
      given: ` more="${more}" searchTotal="${all.length}"`,
      context: session === null ? '' : `<session type="admin" id="${session}">${session}</session>`,
    }
  },
}

function objectsXml(domain: Domain, types: readonly string[], attrs: string | undefined): string[] {
  const accounts = [...domain.accounts.values()].sort((one, other) => (one.name < other.name ? -1 : 1))
  const aliases = accounts.flatMap((account) =>
    aliasesOf(account).map(
      (alias) => `<alias name="${alias}" id="${randomUUID()}" targetName="${account.name}" type="account"/>`,
    ),
  )
  const others = (kind: 'dl' | 'calresource') =>
    [...domain.others]
      .filter(([, each]) => each.kind === kind)
      .map(
        ([name, { id }]) =>
          `<${kind} name="${name}" id="${id}"><a n="zimbraMailStatus">enabled</a></${kind}>`,
      )
  return [
    ...(types.includes('accounts') ? accounts.map((account) => accountXml(account, attrs)) : []),
    ...(types.includes('distributionlists') ? others('dl') : []),
    ...(types.includes('resources') ? others('calresource') : []),
    ...(types.includes('aliases') ? aliases : []),
  ]
}

function accountXml(account: TestAccount, attrs?: string): string {
  const wanted = attrs === undefined ? null : new Set(attrs.split(','))
  const all = [...account.attributes]
    .filter(([name]) => wanted === null || wanted.has(name))
    .flatMap(([name, values]) => values.map((value) => `<a n="${name}">${escaped(value)}</a>`))
  return `<account name="${escaped(account.name)}" id="${account.id}">${all.join('')}</account>`
}
