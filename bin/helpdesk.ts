import { readSecretFile } from '../platform/files.ts'
import { publicBase, type Config } from '../platform/settings.ts'
import type { Helpdesk } from '../web/helpdesk/options.ts'
import { createProvider } from '../web/helpdesk/provider.ts'
import { callbackUrl, deskUrl } from '../web/helpdesk/sign-in.ts'
import type { Foundations } from './foundations.ts'
import { lookMs } from './look.ts'
import { pageRulesOf } from './rules.ts'

/** Who the helpdesk is to its identity provider. */
export interface Client {
  readonly issuer: string
  readonly clientId: string
  /** Empty: a public client. */
  readonly clientSecret: string
}

/** The client of the settings; null where there is no helpdesk. */
export function clientOf({ helpdesk }: Config): Client | null {
  const { issuer, client_id, client_secret_file } = helpdesk
  if (issuer === '') return null
  return {
    issuer,
    clientId: client_id,
    clientSecret: client_secret_file === null ? '' : readSecretFile(client_secret_file),
  }
}

/** The helpdesk of a process. */
export function openHelpdesk(foundations: Foundations, config: Config, client: Client): Helpdesk {
  const { helpdesk, limits, faculties } = config
  const baseUrl = publicBase(config)
  const { mail, names } = pageRulesOf(config)
  return {
    ...foundations,
    provider: createProvider({
      ...client,
      scopes: helpdesk.scopes,
      redirectUri: `${baseUrl}${callbackUrl}`,
      signedOutUri: `${baseUrl}${deskUrl}`,
      wanted: [helpdesk.role_claim],
    }),
    rules: {
      baseUrl,
      roleClaim: helpdesk.role_claim,
      scopeClaim: helpdesk.scope_claim,
      faculties,
      sessionMs: helpdesk.session_minutes * 60_000,
      idleMs: helpdesk.idle_minutes * 60_000,
      revealsPerHour: helpdesk.reveals_per_hour,
      resendsPerHour: helpdesk.resends_per_hour,
      rereadsPerHour: helpdesk.rereads_per_hour,
      mail,
      names,
      asksBirthDate: config.activation.ask_birth_date,
      keyFailures: limits.key_failures,
      keyWindowMs: limits.key_window_seconds * 1000,
      sourceIntervalMs: lookMs(config),
    },
  }
}
