import { createServer as createHttpServer } from 'node:http'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { health } from '../../bin/health.ts'
import { freePorts } from '../run/ports.ts'
import { runMatricule, startMatricule, type Running } from '../run/matricule.ts'

let running: Running
beforeAll(async () => {
  running = await startMatricule()
  await running.ready()
})
afterAll(() => running[Symbol.asyncDispose]())

const ask = (port: number, ...words: string[]) =>
  runMatricule(['health', ...words], { MATRICULE_OPS_PORT: String(port) })

test('a house that runs is healthy, and ready once everything is settled', async () => {
  const { ops } = running.ports
  expect(await ask(ops)).toMatchObject({ code: 0, output: 'healthy\n', errors: '' })
  expect(await ask(ops, '--ready')).toMatchObject({ code: 0, output: 'ready\n', errors: '' })
  expect(JSON.parse((await ask(ops, '--json')).output)).toEqual({ ok: true, data: { healthy: true } })
})

test('it needs no home, and makes none', async () => {
  const env = { MATRICULE_OPS_PORT: String(running.ports.ops), MATRICULE_HOME: '/proc/nowhere' }
  expect((await runMatricule(['health'], env)).code).toBe(0)
})

test('where nobody listens it is not, in one sentence', async () => {
  const [port = 0] = await freePorts(1)
  const address = `127.0.0.1:${port}`
  expect(await ask(port)).toMatchObject({
    code: 1,
    output: '',
    errors: `matricule: ${address} does not answer\n`,
  })
  const { code, output } = await ask(port, '--json')
  expect({ code, ...(JSON.parse(output) as object) }).toMatchObject({
    code: 1,
    error: { code: 'UNAVAILABLE' },
  })
})

test('another server on the port is not the house', async () => {
  const { page } = running.ports
  expect(await ask(page)).toMatchObject({
    code: 1,
    errors: `matricule: 127.0.0.1:${page} answers 404: not healthy\n`,
  })
})

test('who answers nothing is given up', async () => {
  await using silent = await listening(createServer((socket) => socket.resume()))
  const { code, errors } = await ask(silent.port)
  expect({ code, errors }).toEqual({
    code: 1,
    errors: `matricule: 127.0.0.1:${silent.port} does not answer within 3 s\n`,
  })
})

test('what is healthy may not be ready yet', async () => {
  const opening = createHttpServer((request, response) => {
    response.writeHead(request.url === '/healthz' ? 200 : 503).end('{}')
  })
  await using server = await listening(opening)
  expect((await ask(server.port)).code).toBe(0)
  expect(await ask(server.port, '--ready')).toMatchObject({
    code: 1,
    errors: expect.stringContaining('503: not ready') as string,
  })
})

test('who listens on every address is asked on loopback', async () => {
  const port = running.ports.ops
  expect(await health({ host: '0.0.0.0', port }, { ready: false })).toMatchObject({ text: 'healthy\n' })
  await using six = await listening(
    createHttpServer((_request, response) => response.end()),
    '::1',
  )
  expect(await health({ host: '::', port: six.port }, { ready: true })).toMatchObject({ text: 'ready\n' })
})

test('a port that nobody can know is a wrong setting', async () => {
  expect(await ask(0)).toMatchObject({ code: 2, errors: expect.stringContaining('ops.port') as string })
})

async function listening(server: Server, host = '127.0.0.1'): Promise<{ port: number } & AsyncDisposable> {
  server.listen(0, host)
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
