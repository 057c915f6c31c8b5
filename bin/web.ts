import { IdentityError } from '../platform/error.ts'
import { createOps } from '../platform/ops.ts'
import { packageVersion } from '../platform/root.ts'
import { publicBase, siteProblems, type Settings } from '../platform/settings.ts'
import { readMark } from '../registry/standings.ts'
import { rowsOf } from './closing.ts'
import { openFoundations } from './foundations.ts'
import { openPage } from './page.ts'
import { createTerminal } from './terminal.ts'

/** The page alone, one of any number on the same registry, until `signal` aborts. It touches no directory, reads no
 *  source and sends no letter. */
export async function web(env: NodeJS.ProcessEnv, settings: Settings, signal: AbortSignal): Promise<void> {
  const problems = siteProblems(settings, 'web')
  if (problems.length > 0) throw new IdentityError('SETTINGS_INVALID', problems.join('\n'))
  const { config } = settings
  const terminal = createTerminal(env)
  terminal.print(`${terminal.bold(`Matricule ${packageVersion}`)} · web\n\n`)

  await using stack = new AsyncDisposableStack()
  const foundations = await openFoundations(settings, stack)
  const { metrics, log, registry } = foundations
  terminal.step('Registry')
  const ops = createOps({
    metrics,
    log,
    // Without its registry a page can do nothing: whoever shares out the requests is to pass it over.
    ready: async () => {
      const there = await readMark(registry.db, 'ring').then(
        () => true,
        () => false,
      )
      return { ready: there, awaited: there ? [] : ['registry'] }
    },
  })
  await ops.listen(config.ops)
  stack.defer(() => ops.close())
  await openPage(foundations, settings, stack)
  terminal.step('Page')
  terminal.print(
    rowsOf(terminal, [
      ['Page', `${publicBase(config)}/creation-motdepasse/`],
      ...(config.helpdesk.issuer === '' ? [] : [['Helpdesk', `${publicBase(config)}/helpdesk`] as const]),
      ['Operations', `http://127.0.0.1:${config.ops.port}/metrics`],
    ]),
  )
  if (!signal.aborted)
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
}
