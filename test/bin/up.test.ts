import { execFile } from 'node:child_process'
import { createServer, type AddressInfo } from 'node:net'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test, vi } from 'vitest'
import { packageRoot } from '../../platform/root.ts'
import { eventually } from '../run/eventually.ts'
import { portSettings, runMatricule, startMatricule, takePorts } from '../run/matricule.ts'
import { ada, call, everywhere, keyOf, letterTo, stageOf, subjects } from '../journey/story.ts'

// Each test starts one or two whole houses.
vi.setConfig({ testTimeout: 180_000 })

const keyPrinted = /Ada Lovelace {2}21100001 {2}ada@example\.org {2}([A-Z0-9]{12})$/m

test('it ends exactly as the README shows', async () => {
  await using running = await startMatricule()
  await running.ready()
  const readme = await readFile(join(packageRoot, 'README.md'), 'utf8')
  const [, shown = ''] = /<!-- how it ends -->\n```text\n([\s\S]*?)```/.exec(readme) ?? []
  const { ports } = running
  const said = running
    .output()
    .replace(keyPrinted, 'Ada Lovelace  21100001  ada@example.org  XXXXXXXXXXXX')
    .replaceAll(String(ports.page), '8080')
    .replaceAll(String(ports.inbox), '8025')
    .replaceAll(String(ports.ops), '9464')
    .replaceAll(String(ports.primary), '3890')
    .replaceAll(String(ports.parisSorbonne), '3891')
    .replaceAll(String(ports.upmc), '3892')
  expect(shown).not.toBe('')
  expect(said).toBe(shown.replace(/[A-Z0-9]{12}$/m, 'XXXXXXXXXXXX'))
  // Nothing before the key could be taken for it.
  const key = keyPrinted.exec(running.output())?.[1] ?? ''
  expect(/\b[A-Z0-9]{12}\b/.exec(running.output())?.[0]).toBe(key)
  expect(keyOf(await letterTo(stageOf(ports), ada.address, subjects.invitation))).toBe(key)
})

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s stops it cleanly, and it finds its state again',
  async (signal) => {
    const ports = await takePorts()
    await using running = await startMatricule({ ports })
    await running.ready()
    const [, key = ''] = keyPrinted.exec(running.output()) ?? []
    const password = 'des cartes perforées partout'
    expect(
      (await call(stageOf(ports), '/activation', { studentNumber: ada.number, key, password })).status,
    ).toBe(201)
    expect(await running.stop(signal)).toEqual({ code: 0, signal: null })

    await using again = await startMatricule({ home: running.home, ports })
    await again.ready()
    expect(again.output()).toContain('already activated')
    await everywhere(stageOf(ports), ada.number, password, true)
  },
)

test('SIGTERM to the whole group of npm start stops everything', async () => {
  const ports = await takePorts()
  await using running = await startMatricule({ ports, command: ['npm', 'start', '--silent'], group: true })
  await running.ready()
  process.kill(-(running.child.pid ?? 0), 'SIGTERM')
  await running.ended
  await eventually('the port to be free', () => isFree(ports.page))
  await using again = await startMatricule({ home: running.home, ports })
  await again.ready()
})

test('a second one on the same home refuses with one sentence, and the first goes on, its canary too', async () => {
  await using running = await startMatricule({ env: { MATRICULE_CANARY_ENABLED: 'true' } })
  await running.ready()
  await using second = await startMatricule({ home: running.home })
  expect((await second.ended).code).toBe(2)
  expect(second.errors().trim().split('\n')).toHaveLength(1)
  expect(second.errors()).toContain(running.home)
  const ops = `http://127.0.0.1:${running.ports.ops}`
  expect((await fetch(`${ops}/healthz`)).ok).toBe(true)
  await eventually('the canary to sign in everywhere', async () => {
    const told = await (await fetch(`${ops}/metrics`)).text()
    return told.match(/^matricule_canary_result\{target="[a-z-]+",result="fine"\} 1$/gm)?.length === 3
  })
})

test.each([
  ['web.port', 'page'],
  ['ops.port', 'ops'],
  ['ldap.upmc.port', 'upmc'],
  ['inbox.smtp_port', 'smtp'],
] as const)('a busy port is one sentence that names %s', async (setting, name) => {
  await using blocker = await occupied()
  const ports = { ...(await takePorts()), [name]: blocker.port }
  await using running = await startMatricule({ ports })
  expect((await running.ended).code).toBe(2)
  expect(running.errors().trim().split('\n')).toHaveLength(1)
  expect(running.errors()).toContain(setting)
})

test('killed as soon as it has acknowledged a password, it settles everything when started again', async () => {
  const ports = await takePorts()
  await using running = await startMatricule({ ports })
  await running.ready()
  const [, key = ''] = keyPrinted.exec(running.output()) ?? []
  const password = 'notes du traducteur, note G'
  // The answer is the acknowledgement: from here on nothing may be lost, wherever the kill falls.
  expect(
    (await call(stageOf(ports), '/activation', { studentNumber: ada.number, key, password })).status,
  ).toBe(201)
  await running.stop('SIGKILL')

  await using again = await startMatricule({ home: running.home, ports })
  await again.ready()
  await everywhere(stageOf(ports), ada.number, password, true)
})

test('wrong settings are all told at once, with exit 2', async () => {
  const { code, errors } = await runMatricule(['up'], {
    MATRICULE_WEB_PORT: 'door',
    MATRICULE_OPS_PORT: '70000',
    MATRICULE_NOT_A_SETTING: '1',
  })
  expect(code).toBe(2)
  expect(errors).toContain('web.port')
  expect(errors).toContain('ops.port')
  expect(errors).toContain('MATRICULE_NOT_A_SETTING')
})

test('outside the demonstration it says all that it needs', async () => {
  const { code, errors } = await runMatricule(['up'], { MATRICULE_SOURCE_KIND: 'drop' })
  expect(code).toBe(2)
  for (const key of ['public.base_url', 'letters.since', 'letters.smtp_url', 'source.path'])
    expect(errors).toContain(key)
})

test('a wrong use is told as such, in JSON when asked', async () => {
  expect((await runMatricule(['explain'], {})).code).toBe(2)
  const { code, output } = await runMatricule(['sync', '--json'], {})
  expect(code).toBe(2)
  expect(JSON.parse(output)).toMatchObject({ ok: false, error: { code: 'USAGE' } })
})

test('a command beside a running one is answered by it; alone it opens the house itself', async () => {
  await using running = await startMatricule()
  await running.ready()
  const env = { MATRICULE_HOME: running.home, ...portSettings(running.ports) }
  const beside = await runMatricule(['explain', ada.number, '--json'], env)
  expect(JSON.parse(beside.output)).toMatchObject({ number: ada.number, key: { state: 'waiting' } })
  const unknown = await runMatricule(['explain', '12345678', '--json'], env)
  expect(unknown.code).toBe(1)
  expect(JSON.parse(unknown.output)).toMatchObject({ ok: false, error: { code: 'STUDENT_UNKNOWN' } })
  // On a terminal it says how far it has come, in a line that is gone in the end.
  expect(await onTerminal('plan', env)).toMatch(/^ {2}… \S.*\r\u001b\[2Kprimary: 0 to add/s)
  await running.stop()

  const alone = await runMatricule(['plan', '--json'], env)
  expect(alone.code, alone.errors).toBe(0)
  expect(JSON.parse(alone.output)).toMatchObject({
    ok: true,
    data: { held: [], targets: [{ target: 'primary' }, {}, {}] },
  })
  expect(await readdir(running.home)).not.toContain('command-socket')
})

async function onTerminal(command: string, env: Record<string, string>): Promise<string> {
  const launcher = join(packageRoot, 'bin', 'matricule')
  const args = ['--quiet', '--return', '--command', `sh '${launcher}' ${command}`, '/dev/null']
  const { stdout } = await promisify(execFile)('script', args, { env: { ...process.env, ...env } })
  return stdout
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

async function occupied(): Promise<{ port: number } & AsyncDisposable> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
