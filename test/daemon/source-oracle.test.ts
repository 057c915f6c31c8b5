import { createServer, type Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { cellsOf } from '../../daemon/source/database/cells.ts'
import { addressOf, codeOf, failureOf, oracleDatabase } from '../../daemon/source/database/oracle.ts'
import { freePorts } from '../run/ports.ts'
import { freshDatabase } from '../run/servers/database.ts'

// No Oracle can be started here: what is tried is all that can be without one (docs/status.md).

const at = (port: number) =>
  oracleDatabase({
    url: `oracle://reader:secret@127.0.0.1:${port}/APOGEE`,
    schema: null,
    connectMs: 1_000,
    statementMs: 5_000,
    batch: 100,
  })
const visited = (port: number, signal?: AbortSignal) =>
  at(port).visit([], () => Promise.resolve('read'), signal)

describe('the address', () => {
  const connectMs = 10_000

  test('is taken apart, with whatever a password may hold', () => {
    const url = 'oracle://lecteur:p%40ss%2Fword%3A1@db.example.org:1522/apogee.example.org'
    expect(addressOf({ url, connectMs })).toEqual({
      user: 'lecteur',
      password: 'p@ss/word:1',
      where: 'oracle db.example.org:1522/apogee.example.org',
      connectString:
        'db.example.org:1522/apogee.example.org?transport_connect_timeout=10&connect_timeout=10&retry_count=0',
    })
  })

  test('has the port of a listener when it names none, and may ask for TLS', () => {
    const url = 'oracle://lecteur:x@db.example.org/APOGEE?protocol=tcps'
    expect(addressOf({ url, connectMs }).connectString).toMatch(/^tcps:\/\/db\.example\.org:1521\/APOGEE\?/)
  })

  test('is told without account and password', () => {
    expect(at(1521).describe()).toBe('oracle 127.0.0.1:1521/APOGEE')
  })
})

describe('is refused as unreachable', () => {
  test('when nothing answers', async () => {
    const [port = 0] = await freePorts(1)
    await expect(visited(port)).rejects.toMatchObject({ code: 'FEED_UNREACHABLE', transient: true })
  })

  test.each<[string, (socket: Socket) => void]>([
    ['nobody speaks', () => undefined],
    ['somebody hangs up', (socket) => socket.destroy()],
    ['somebody speaks of something else', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['somebody sends noise', (socket) => socket.write(Buffer.alloc(4_096, 0xa5))],
  ])('when %s', async (_, answer) => {
    const sockets = new Set<Socket>()
    const server = createServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.once('data', () => answer(socket))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    try {
      await expect(visited(port)).rejects.toMatchObject({ code: 'FEED_UNREACHABLE', transient: true })
    } finally {
      for (const socket of sockets) socket.destroy()
      server.close()
    }
  })

  test('when it is a PostgreSQL that listens', async () => {
    await using database = await freshDatabase()
    await expect(visited(Number(new URL(database.url).port))).rejects.toMatchObject({
      code: 'FEED_UNREACHABLE',
    })
  })
})

test('an aborted visit throws the reason of the signal', async () => {
  await expect(visited(1, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough')
})

test.each([
  ['ORA-00942', 'table'],
  ['ORA-01031', 'table'],
  ['ORA-00904', 'column'],
  ['ORA-01017', 'denied'],
  ['ORA-28001', 'denied'],
  ['NJS-116', 'denied'],
  ['ORA-01722', 'value'],
  ['ORA-01843', 'value'],
  // The reading took longer than Oracle keeps what was before.
  ['ORA-01555', 'unreachable'],
  ['ORA-12514', 'unreachable'],
  ['ORA-03113', 'unreachable'],
  ['NJS-123', 'unreachable'],
  ['DPI-1067', 'unreachable'],
])('%s is told as %s', (code, failure) => {
  expect(failureOf(code)).toBe(failure)
  expect(codeOf(Object.assign(new Error('told'), { code }))).toBe(code)
})

test('an error that is not of the database is told as it is', () => {
  expect(codeOf(Object.assign(new Error('told'), { code: 'FEED_EMPTY' }))).toBeNull()
})

test('cells are text, whatever a driver makes of NUMBER, CHAR, DATE and NULL; a NUL is none', () => {
  expect(cellsOf(['HOPPER    ', 'GRA\0CE\0', null, undefined, 251, 21100042n, '', new Date(0)])).toEqual([
    'HOPPER', 'GRACE', '', '', '251', '21100042', '', '1970-01-01T00:00:00.000Z',
  ]) // prettier-ignore
})
