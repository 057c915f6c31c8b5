import type { Config, Settings } from './config.ts'
import { guarded } from './parts.ts'

/** Whether nothing says where enrolments come from: then `up` is the demonstration. */
export function isDemonstration(config: Config): boolean {
  return config.source.kind === null
}

/** The address before `/creation-motdepasse` in every link: `public.base_url`, or, in the demonstration, that of the
 *  page itself. Without a final slash.
 *  @param port the port really taken, when `web.port` is 0 */
export function publicBase(config: Config, port: number = config.web.port): string {
  const { host } = config.web
  const reachable =
    host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host
  return config.public.base_url ?? `http://${reachable}:${port}`
}

/** Which parts run in a process: everything, or one of the two that share a registry on a server. */
export type Part = 'all' | 'daemon' | 'web'

/** What is missing before a process may serve a real university, one sentence each; empty when nothing is. */
export function siteProblems({ config, secrets }: Settings, part: Part = 'all'): string[] {
  const { source, letters, public: page } = config
  const problems: string[] = []
  if (part !== 'all' && secrets.registry.url === '')
    problems.push('registry.url: is needed, an embedded registry belongs to one process (matricule up)')
  if (page.base_url === null)
    problems.push('public.base_url: is needed, every link in a letter starts with it')
  else if (!guarded(page.base_url)) problems.push('public.base_url: must be https://, but on loopback')
  if (part === 'web') return problems
  if (part === 'daemon') {
    for (const [name, { url }] of Object.entries(config.targets))
      if (url === '')
        problems.push(
          `targets.${name}.url: is needed, embedded directories belong to one process (matricule up)`,
        )
  }
  if (letters.since === null)
    problems.push('letters.since: is needed, no letter leaves for facts earlier than it')
  if (secrets.letters.smtp_url === null)
    problems.push('letters.smtp_url: is needed, letters leave through it')
  if (source.kind === null) problems.push('source.kind: is needed, drop, oracle or postgres')
  if (source.kind === 'drop' && source.path === null)
    problems.push('source.path: is needed with source.kind drop')
  if ((source.kind === 'oracle' || source.kind === 'postgres') && secrets.source.url === null) {
    problems.push(`source.url: is needed with source.kind ${source.kind}`)
  }
  return problems
}
