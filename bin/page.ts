import { join } from 'node:path'
import { createJudgeMemory } from '../platform/judge-memory.ts'
import { createJudge } from '../platform/judge.ts'
import { packageRoot } from '../platform/root.ts'
import { publicBase, type Settings } from '../platform/settings.ts'
import { createVerifiers } from '../platform/verifier.ts'
import { createApp } from '../web/app.ts'
import { createFlows } from '../web/flow/flows.ts'
import { listen } from '../web/server.ts'
import type { Foundations } from './foundations.ts'
import { openLimiter } from './limiter.ts'
import { clientOf, openHelpdesk, type Client } from './helpdesk.ts'
import { pageRulesOf } from './rules.ts'

/** Serves the page, and the helpdesk where there is one, until the stack is disposed of.
 *  @param client who the helpdesk is to its provider, when not what the settings say */
export async function openPage(
  foundations: Foundations,
  settings: Settings,
  stack: AsyncDisposableStack,
  client: Client | null = clientOf(settings.config),
): Promise<void> {
  const { clock, chance, log } = foundations
  const { config } = settings
  const shared = openLimiter(foundations, settings)
  stack.defer(() => shared?.close())
  const memory = createJudgeMemory({ clock, chance })
  const judge = createJudge({ clock, memory })
  stack.defer(() => judge.close())
  const typing = createJudge({ clock, memory })
  stack.defer(() => typing.close())
  const verifiers = createVerifiers({
    schemes: config.passwords.schemes,
    chance,
    argon2: config.passwords.argon2,
    ...(config.passwords.concurrency === null ? {} : { concurrency: config.passwords.concurrency }),
  })
  const flows = createFlows({ ...foundations, verifiers, judge, typing, rules: pageRulesOf(config) })
  const { webmail, ent, ent_upmc, cas, services } = config.links
  const app = await createApp({
    flows,
    clock,
    chance,
    log,
    ...(shared === null ? {} : { shared }),
    ...(client === null ? {} : { helpdesk: openHelpdesk(foundations, config, client) }),
    config: {
      baseUrl: publicBase(config),
      trustProxy: config.web.trust_proxy.length > 0 ? [...config.web.trust_proxy] : false,
      ownDomains: config.address.own_domains,
      asksBirthDate: config.activation.ask_birth_date,
      links: {
        webmail: webmail || null,
        ent: ent || null,
        ent_upmc: ent_upmc || null,
        cas: cas || null,
        services,
      },
      contacts: config.contacts,
      requestsPerMinute: config.limits.requests_per_minute,
      judgementsPerMinute: config.limits.judgements_per_minute,
      pageFolder: join(packageRoot, 'dist', 'page'),
    },
  })
  const server = await listen(app, { ...config.web, clock })
  stack.defer(() => server.close())
}
