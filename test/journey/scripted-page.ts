import { join } from 'node:path'
import { seededChance } from '../../platform/chance.ts'
import { systemClock } from '../../platform/clock.ts'
import { packageRoot } from '../../platform/root.ts'
import { createApp } from '../../web/app.ts'
import type { Activated, Judgement } from '../../web/flows.ts'
import type { AppConfig } from '../../web/options.ts'
import { listen } from '../../web/server.ts'
import { freePorts } from '../run/ports.ts'
import { config, keptLog, script, type Script } from '../web/app-fixture.ts'

/** The built page behind a real port, over a script that a test may change while the page is open. */
export interface ScriptedPage extends AsyncDisposable {
  readonly told: Script
  readonly baseUrl: string
  /** The page of the activation. */
  readonly address: string
  /** What the next activation tells of the student's personal address. */
  personalAddress: string | null
}

/** A password that is wrong in every way. */
export const hopeless = 'tout'
const everyReason = ['TOO_SHORT', 'TOO_LONG', 'COMMON', 'GUESSABLE', 'OWN_DATA', 'NOT_TEXT']

export async function openScriptedPage(more: Partial<AppConfig> = {}): Promise<ScriptedPage> {
  const told = script()
  const [port = 0] = await freePorts(1)
  const baseUrl = `http://127.0.0.1:${port}`
  const page = { told, baseUrl, address: `${baseUrl}/creation-motdepasse/` }
  const app = await createApp({
    flows: {
      ...told.flows,
      judge: async (input) => {
        await told.flows.judge(input)
        return judged(input.password)
      },
      activate: async (input): Promise<Activated> => ({
        ...(await told.flows.activate(input)),
        personal_address: opened.personalAddress,
      }),
    },
    config: config({ baseUrl, pageFolder: join(packageRoot, 'dist', 'page'), ...more }),
    log: keptLog(),
    clock: systemClock,
    chance: seededChance('scripted page'),
  })
  const server = await listen(app, { host: '127.0.0.1', port, clock: systemClock })
  const opened: ScriptedPage = {
    ...page,
    personalAddress: 'ada@example.org',
    [Symbol.asyncDispose]: () => server.close(),
  }
  return opened
}

function judged(password: string): Judgement {
  if (password === hopeless) return { score: 0, acceptable: false, reasons: everyReason }
  if (password.length < 15) return { score: 0, acceptable: false, reasons: ['TOO_SHORT'] }
  return { score: 4, acceptable: true, reasons: [] }
}
