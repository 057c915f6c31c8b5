import { chromium, type Browser } from 'playwright-core'
import playwright from 'playwright-core/package.json' with { type: 'json' }
import { freePorts } from '../ports.ts'
import { container, engineInsteadOf } from './containers.ts'
import { programsOf } from './program.ts'
import { serve } from './server.ts'

/** Chromium by playwright-core: that of Debian, or one in a container, which sees the loopback of this machine. */
export async function openBrowser(): Promise<Browser> {
  const programs = programsOf('chromium')
  if (programs) {
    return chromium.launch({
      executablePath: programs('chromium'),
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    })
  }
  const engine = await engineInsteadOf(['chromium'])
  const [port = 0] = await freePorts(1)
  const { version } = playwright
  const image = new engine.containers.GenericContainer(`mcr.microsoft.com/playwright:v${version}-noble`)
  const serving = ['npx', '-y', `playwright@${version}`, 'run-server', '--port', '3000', '--host', '0.0.0.0']
  const machine = await container(engine, image.withCommand(serving), { port, inside: 3_000 })
  const connect = () => chromium.connect(`ws://127.0.0.1:${port}/`, { exposeNetwork: '<loopback>' })
  await using stack = new AsyncDisposableStack()
  const server = stack.use(await serve(machine, port, async () => (await connect()).close()))
  const browser = await connect()
  stack.move()
  browser.once('disconnected', () => void server[Symbol.asyncDispose]())
  return browser
}
