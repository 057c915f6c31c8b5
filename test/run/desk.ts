import { join } from 'node:path'
import { openSignIn, type SignIn } from '../../demo/sign-in.ts'
import { systemChance } from '../../platform/chance.ts'
import { systemClock } from '../../platform/clock.ts'
import { packageRoot } from '../../platform/root.ts'
import { createApp } from '../../web/app.ts'
import { createFlows } from '../../web/flow/flows.ts'
import type { Helpdesk, HelpdeskRules } from '../../web/helpdesk/options.ts'
import { createProvider, type Provider } from '../../web/helpdesk/provider.ts'
import { callbackUrl } from '../../web/helpdesk/sign-in.ts'
import { listen } from '../../web/server.ts'
import { config, keptLog } from '../web/app-fixture.ts'
import { freePorts } from './ports.ts'
import type { Stage } from './stage.ts'

/** The helpdesk on a stage, behind a real port, with the sign-in of the demonstration. */
export interface OpenDesk extends AsyncDisposable {
  readonly baseUrl: string
  readonly signIn: SignIn
  readonly log: ReturnType<typeof keptLog>
  /** Every route there is: `POST /path`. */
  readonly routes: string
  /** A browser that nobody has signed in with. */
  visitor(): Visitor
  /** A browser in which this member of the staff of the demonstration is signed in. */
  as(id: string): Promise<Visitor>
}

export interface DeskOptions {
  readonly rules?: Partial<HelpdeskRules>
  /** Another provider than that of the demonstration. */
  readonly provider?: (usual: { baseUrl: string; signIn: SignIn }) => Provider
}

export const faculties = [
  { id: 'lettres', name_fr: 'Lettres', name_en: 'Arts', contact: 'lettres@example.fr', components: ['LET'] },
  { id: 'sciences', name_fr: 'Sciences', name_en: 'Science', contact: 'sci@example.fr', components: ['SCI'] },
]

export async function openDesk(stage: Stage, options: DeskOptions = {}): Promise<OpenDesk> {
  await using opened = new AsyncDisposableStack()
  const [port = 0] = await freePorts(1)
  const baseUrl = `http://127.0.0.1:${port}`
  const log = keptLog()
  const signIn = await openSignIn({ host: '127.0.0.1', port: 0, baseUrl, chance: systemChance, log })
  opened.defer(() => signIn.close())
  const { registry, ring, clock, chance, metrics } = stage.house
  const provider =
    options.provider?.({ baseUrl, signIn }) ??
    createProvider({
      ...signIn,
      scopes: ['openid', 'profile'],
      redirectUri: baseUrl + callbackUrl,
      signedOutUri: `${baseUrl}/helpdesk`,
      wanted: ['roles'],
    })
  const helpdesk: Helpdesk = {
    registry,
    ring,
    clock,
    chance,
    log,
    metrics,
    provider,
    rules: {
      baseUrl,
      roleClaim: 'roles',
      scopeClaim: 'faculties',
      faculties,
      sessionMs: 8 * 3_600_000,
      idleMs: 30 * 60_000,
      revealsPerHour: 20,
      resendsPerHour: 5,
      rereadsPerHour: 60,
      mail: stage.house.rules.mail,
      names: stage.house.rules.names,
      asksBirthDate: false,
      keyFailures: 5,
      keyWindowMs: 900_000,
      sourceIntervalMs: 300_000,
      ...options.rules,
    },
  }
  const app = await createApp({
    flows: createFlows(stage.house),
    helpdesk,
    config: config({ baseUrl, pageFolder: join(packageRoot, 'dist', 'page') }),
    log,
    clock: systemClock,
    chance,
  })
  const web = await listen(app, { host: '127.0.0.1', port, clock: systemClock })
  opened.defer(() => web.close())
  const visitor = () => new Visitor(baseUrl)
  const stack = opened.move()
  return {
    baseUrl,
    signIn,
    log,
    routes: app.printRoutes({ commonPrefix: false }),
    visitor,
    async as(id) {
      const browser = visitor()
      await browser.signIn(id)
      return browser
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

export interface Told {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The body as JSON; null when it is none. */
  readonly body: Record<string, never> & Readonly<Record<string, unknown>>
}

/** What a browser does between the helpdesk and its provider: cookies by host and name, redirects one by one. */
export class Visitor {
  readonly cookies = new Map<string, string>()
  readonly #base: string

  constructor(base: string) {
    this.#base = base
  }

  async send(url: string, init: RequestInit = {}): Promise<Told> {
    const headers = new Headers(init.headers)
    const jar = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    if (jar !== '') headers.set('cookie', jar)
    const answer = await fetch(new URL(url, this.#base), { ...init, headers, redirect: 'manual' })
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '' || /expires=Thu, 01 Jan 1970/i.test(line)) this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
    const text = await answer.text()
    return { status: answer.status, headers: answer.headers, text, body: json(text) }
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Told> {
    return this.send(`/helpdesk/api${path}`, { headers })
  }

  post(path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Told> {
    return this.send(`/helpdesk/api${path}`, {
      method: 'POST',
      headers: body === undefined ? headers : { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  }

  /** Follows redirects until there is none, or one that `until` names. */
  async follow(
    url: string,
    until: (url: string) => boolean = () => false,
  ): Promise<{ url: string; told: Told }> {
    for (let at = url, hops = 0; hops < 15; hops++) {
      const told = await this.send(at)
      const next = told.headers.get('location')
      if (next === null) return { url: at, told }
      const to = new URL(next, new URL(at, this.#base)).href
      if (until(to)) return { url: to, told }
      at = to
    }
    throw new Error('too many redirects')
  }

  /** To the page where the provider asks who one is. */
  async choices(): Promise<string> {
    const { url } = await this.follow('/helpdesk/sign-in')
    return url
  }

  /** Chooses somebody there; returns where the provider sends the browser back to. */
  async choose(choices: string, id: string): Promise<string> {
    const chosen = await this.send(choices, { method: 'POST', body: new URLSearchParams({ staff: id }) })
    const { url } = await this.follow(new URL(chosen.headers.get('location') ?? '', choices).href, (to) =>
      to.startsWith(this.#base),
    )
    return url
  }

  /** Signs in; returns where it ended. */
  async signIn(id: string): Promise<string> {
    const back = await this.choose(await this.choices(), id)
    const told = await this.send(back)
    return told.headers.get('location') ?? ''
  }
}

function json(text: string): Told['body'] {
  try {
    return JSON.parse(text) as Told['body']
  } catch {
    return null as unknown as Told['body']
  }
}
