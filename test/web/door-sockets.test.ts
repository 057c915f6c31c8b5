import { once } from 'node:events'
import type { Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { keyFor, passOver } from '../run/acts.ts'
import { eventually } from '../run/eventually.ts'
import { enrolled, freshNumber } from '../run/people.ts'
import { openStage, type Stage } from '../run/stage.ts'
import { api } from './app-fixture.ts'
import { dumpOf, openDoor, type Door } from './door.ts'

let stage: Stage
let door: Door
let honest: string
let before: string[]

beforeAll(async () => {
  stage = await openStage()
  door = await openDoor(stage)
  const studentNumber = freshNumber()
  await passOver(stage, [enrolled(studentNumber)])
  honest = JSON.stringify({ studentNumber, key: await keyFor(stage, studentNumber) })
  before = await dumpOf(stage, ['failure'])
})
afterAll(async () => {
  await door[Symbol.asyncDispose]()
  await stage[Symbol.asyncDispose]()
})
afterEach(async () => {
  expect((await verify()).status).toBe(200)
  expect(await dumpOf(stage, ['failure'])).toEqual(before)
  expect(door.log.lines.splice(0).filter(({ level }) => level === 'error')).toEqual([])
})

const verify = () => door.post(`${api}/activation/verify`, honest)
/** The head of a request that changes something, with `length` bytes to follow. */
const head = (path: string, length: number, more = '') =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n${more}\r\n`
const whole = () => `${head(`${api}/activation/verify`, Buffer.byteLength(honest))}${honest}`

describe('whoever hangs up', () => {
  test('in the middle of head or body has asked for nothing', async () => {
    for (const { path, body } of door.calls.filter((call) => call.body !== null)) {
      const text = JSON.stringify(body)
      const request = head(path, Buffer.byteLength(text)) + text
      for (const share of [0.1, 0.5, 0.9, 0.99]) {
        for (const leave of ['end', 'destroy', 'resetAndDestroy'] as const) {
          const { socket, said, closed } = await door.dial()
          socket.write(request.slice(0, Math.floor(request.length * share)))
          await new Promise(setImmediate)
          socket[leave]()
          await closed
          expect(said()).not.toMatch(/^HTTP\/1\.1 [25]/)
        }
      }
    }
  })

  test('after a whole request, without waiting for the answer, ends nothing but that', async () => {
    for (let times = 0; times < 50; times++) {
      const { socket, closed } = await door.dial()
      socket.write(whole())
      socket.resetAndDestroy()
      await closed
    }
  })
})

describe('whoever dawdles', () => {
  test('is given seconds for the head, and a few more for the whole', () => {
    const { headersTimeout, requestTimeout } = door.server
    expect(requestTimeout).toBeLessThanOrEqual(30_000)
    // The other way round, Node takes the longer one for the body.
    expect(headersTimeout).toBeGreaterThan(0)
    expect(headersTimeout).toBeLessThanOrEqual(requestTimeout)
  })

  test('with head, body or nothing at all is shown out, and a thousand of them hold nobody up', async () => {
    const { headersTimeout, requestTimeout } = door.server
    Object.assign(door.server, { headersTimeout: headersTimeout / 10, requestTimeout: requestTimeout / 10 })
    const open: Awaited<ReturnType<Door['dial']>>[] = []
    const drips: NodeJS.Timeout[] = []
    try {
      const starts = [
        '',
        'POST /creation',
        head(`${api}/reset`, 1_000),
        head(`${api}/activation`, 1_000) + '{"a":',
      ]
      for (let count = 0; count < 1_000; count++) {
        const dialled = await door.dial()
        dialled.socket.write(starts[count % starts.length] ?? '')
        open.push(dialled)
      }
      // Some who have begun say a letter now and then, so that they are never silent.
      const begun = open.filter((_, index) => index % starts.length !== 0)
      for (const { socket } of begun.slice(-40)) drips.push(setInterval(() => socket.write('x'), 100))
      for (let times = 0; times < 20; times++) expect((await verify()).status).toBe(200)
      await Promise.all(open.map(({ closed }) => closed))
      const answers = open.map(({ said }) => said()).filter((text) => text !== '')
      expect(answers.length).toBeGreaterThan(500)
      for (const text of answers) expect(text).toMatch(/^HTTP\/1\.1 408 .*"code":"REQUEST_INVALID"/s)
    } finally {
      drips.forEach((drip) => clearInterval(drip))
      open.forEach(({ socket }) => socket.destroy())
      Object.assign(door.server, { headersTimeout, requestTimeout })
    }
  })
})

/** What is said on a socket until it ends. */
async function saidUntilEnd(sent: string | Buffer): Promise<string> {
  const { socket, said, closed } = await door.dial()
  socket.write(sent)
  await closed
  return said()
}

describe('what is not quite HTTP', () => {
  const body = '{"email":"ada@example.org"}'
  const start = `POST ${api}/reset-requests HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n`
  const chunks = '1b\r\n' + body + '\r\n0\r\n\r\n'

  test.each([
    ['a length and chunks', `${start}Content-Length: 27\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`],
    ['two lengths', `${start}Content-Length: 27\r\nContent-Length: 5\r\n\r\n${body}`],
    ['a length that is no number', `${start}Content-Length: +27\r\n\r\n${body}`],
    ['a negative length', `${start}Content-Length: -1\r\n\r\n${body}`],
    ['another transfer', `${start}Transfer-Encoding: xchunked\r\n\r\n${chunks}`],
    ['chunks twice', `${start}Transfer-Encoding: chunked, identity\r\n\r\n${chunks}`],
    ['a chunk of no length', `${start}Transfer-Encoding: chunked\r\n\r\nzz\r\n${body}\r\n0\r\n\r\n`],
    ['a header of two lines', `${start}X-A: b\r\n c: d\r\n\0: x\r\n\r\n`],
    ['a space before the colon', `${start}Content-Length : 27\r\n\r\n${body}`],
    [
      'a bare line feed',
      `${start}X-A: b\nContent-Length: 27\r\n\r\n${body}`.replace('X-A: b\n', 'X-A: b\n\r'),
    ],
    ['no method of ours', `SESAME ${api}/links HTTP/1.1\r\nHost: x\r\n\r\n`],
    ['another version', `GET ${api}/links HTTP/3.0\r\nHost: x\r\n\r\n`],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['TLS', Buffer.from('160301020001', 'hex')],
    ['noise', Buffer.from(Array.from({ length: 512 }, (_, index) => (index * 7919 + 13) & 255))],
    ['an address of raw bytes', Buffer.from(`GET ${api}/\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n`, 'latin1')],
  ])('is refused and the connection ended: %s', async (_, sent) => {
    const said = await saidUntilEnd(sent)
    expect(said).toMatch(/^HTTP\/1\.1 400 /)
    expect(said).toMatch(/content-type: application\/problem\+json/i)
    expect(said).toMatch(/cache-control: no-store/i)
    expect(said).toContain('"code":"REQUEST_INVALID"')
  })

  test('what follows a body is another request, never part of the first', async () => {
    const said = await saidUntilEnd(`${whole()}{"email":"ada@example.org"}`)
    expect(said.match(/HTTP\/1\.1 \d+/g)?.at(-1)).toBe('HTTP/1.1 400')
  })

  test('a tunnel is not dug, and nobody changes the protocol', async () => {
    expect(await saidUntilEnd('CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: x\r\n\r\n')).not.toMatch(/ 200 /)
    const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\n'
    const { socket, said } = await door.dial()
    socket.write(`GET ${api}/links HTTP/1.1\r\nHost: x\r\n${upgrade}\r\n`)
    await eventually('an answer', () => Promise.resolve(said().includes('\r\n\r\n')))
    expect(said()).toMatch(/^HTTP\/1\.1 200 /)
    socket.destroy()
  })
})

test('requests sent all at once on one connection are answered in order', async () => {
  const { socket, said } = await door.dial()
  socket.write(whole().repeat(50))
  await eventually('fifty answers', () => Promise.resolve((said().match(/"context":/g) ?? []).length === 50))
  expect(said().match(/HTTP\/1\.1 \d+/g)).toEqual(Array(50).fill('HTTP/1.1 200'))
  await hangUp(socket)
})

test('whoever never reads what is said to them holds nobody up', async () => {
  const deaf: Socket[] = []
  for (let count = 0; count < 10; count++) {
    const { socket } = await door.dial()
    socket.pause()
    socket.write(`GET ${api}/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(100))
    deaf.push(socket)
  }
  for (let times = 0; times < 20; times++) expect((await verify()).status).toBe(200)
  for (const socket of deaf) await hangUp(socket)
})

async function hangUp(socket: Socket): Promise<void> {
  socket.destroy()
  if (!socket.closed) await once(socket, 'close')
}
