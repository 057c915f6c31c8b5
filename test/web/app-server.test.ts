import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { describe, expect, test, vi } from 'vitest'
import type { Clock } from '../../platform/clock.ts'
import { systemClock } from '../../platform/clock.ts'
import { IdentityError } from '../../platform/error.ts'
import type { Progress } from '../../web/flows.ts'
import { progressEvents } from '../../web/progress-stream.ts'
import { createStreams } from '../../web/streams.ts'
import { listen } from '../../web/server.ts'
import { api, appOver, done, pending } from './app-fixture.ts'

const here = { host: '127.0.0.1', port: 0, clock: systemClock }

describe('a page that listens', () => {
  test('answers on the port it was given', async () => {
    await using page = await appOver()
    const server = await listen(page.app, here)
    const answer = await fetch(`http://127.0.0.1:${server.port}${api}/progress/h2Jk9sPqW4`)
    expect(await answer.json()).toEqual(pending)
    await server.close()
  })

  test('names the setting when its port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    await using page = await appOver()
    await expect(listen(page.app, { ...here, port })).rejects.toMatchObject({
      code: 'PORT_BUSY',
      message: expect.stringContaining('web.port') as string,
    })
    other.close()
  })

  test('tells what changes as it happens, and ends its streams when it stops', async () => {
    await using page = await appOver()
    const server = await listen(page.app, here)
    const url = `http://127.0.0.1:${server.port}${api}/progress/h2Jk9sPqW4`
    const follow = () => fetch(url, { headers: { accept: 'text/event-stream' } })
    const [first, second] = [await follow(), await follow()]
    expect(first.headers.get('content-type')).toMatch(/^text\/event-stream/)
    page.told.progress = { ...pending, can_sign_in: false }
    const reader = second.body?.pipeThrough(new TextDecoderStream()).getReader()
    let heard = ''
    while (!heard.includes('"can_sign_in":false')) heard += (await reader?.read())?.value ?? ''
    expect(heard.match(/event: progress/g)).toHaveLength(2)
    await server.close()
    expect(await first.text()).toContain('event: progress')
  })

  test('stops looking when the student has left', async () => {
    let left = () => {}
    const noticed = new Promise<void>((resolve) => (left = resolve))
    const clock: Clock = {
      ...systemClock,
      sleep: (_ms, signal) =>
        new Promise((resolve) => {
          signal?.addEventListener('abort', () => {
            left()
            resolve()
          })
        }),
    }
    await using page = await appOver({}, { clock })
    const server = await listen(page.app, here)
    const leave = new AbortController()
    await fetch(`http://127.0.0.1:${server.port}${api}/progress/h2Jk9sPqW4`, {
      headers: { accept: 'text/event-stream' },
      signal: leave.signal,
    })
    leave.abort()
    await noticed
    expect(page.told.calls).toHaveLength(1)
    await server.close()
  })

  test.each([
    ['each by a connection of its own', 1],
    ['one behind the other on few connections', 20],
  ])('keeps no place for who left before the first answer, %s', async (_how, inOne) => {
    await using page = await appOver()
    const server = await listen(page.app, here)
    const release = page.told.hold('progress')
    const asked = (id: number) =>
      `GET ${api}/progress/id-${id} HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n`
    const sockets = Array.from({ length: 500 / inOne }, (_none, index) => {
      const socket = connect(server.port, '127.0.0.1')
      socket.write(Array.from({ length: inOne }, (_, at) => asked(index * inOne + at)).join(''))
      return socket
    })
    const connected = () =>
      new Promise<number>((resolve) => page.app.server.getConnections((_error, count) => resolve(count)))
    await vi.waitFor(() => expect(page.told.calls.length).toBe(500), { timeout: 30_000 })
    for (const socket of sockets) socket.destroy()
    await vi.waitFor(async () => expect(await connected()).toBe(0), { timeout: 30_000 })
    release()
    const follow = () =>
      fetch(`http://127.0.0.1:${server.port}${api}/progress/h2Jk9sPqW4`, {
        headers: { accept: 'text/event-stream' },
      })
    await vi.waitFor(async () => expect((await follow()).status).toBe(200), { timeout: 3_000 })
    await server.close()
  })

  test('answers nonsense with a problem, and stays up', async () => {
    await using page = await appOver()
    const server = await listen(page.app, here)
    for (const [sent, status] of [
      ['nonsense\r\n\r\n', 400],
      [`GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ] as const) {
      const socket = connect(server.port, '127.0.0.1')
      let answer = ''
      socket.setEncoding('utf8').on('data', (text: string) => (answer += text))
      socket.write(sent)
      await once(socket, 'close')
      expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
      expect(answer).toContain('"code":"REQUEST_INVALID"')
    }
    expect((await fetch(`http://127.0.0.1:${server.port}${api}/links`)).status).toBe(200)
    await server.close()
  })

  test('does not wait for a request that never ends', async () => {
    let reached = () => {}
    const asked = new Promise<void>((resolve) => (reached = resolve))
    await using page = await appOver()
    page.told.flows.progress = () => {
      reached()
      return new Promise(() => {})
    }
    const cut: (() => void)[] = []
    const clock: Clock = {
      ...systemClock,
      after(ms, act) {
        expect(ms).toBe(3_000)
        cut.push(act)
        return { [Symbol.dispose]: () => {} }
      },
    }
    const server = await listen(page.app, { ...here, clock })
    const stuck = fetch(`http://127.0.0.1:${server.port}${api}/progress/h2Jk9sPqW4`).catch(() => 'cut')
    await asked
    const closing = server.close()
    cut.forEach((act) => act())
    await closing
    expect(await stuck).toBe('cut')
  })
})

/** A clock whose sleeps end at once and move it on. */
function quickClock(): Clock {
  let elapsed = 0
  return {
    ...systemClock,
    monotonic: () => elapsed,
    sleep: (ms) => {
      elapsed += ms
      return Promise.resolve()
    },
  }
}

async function told(
  seen: (Progress | IdentityError)[],
  signal = new AbortController().signal,
): Promise<string[]> {
  const queue = [...seen]
  const look = () => {
    const next = queue.length > 1 ? queue.shift() : queue[0]
    return next instanceof IdentityError ? Promise.reject(next) : Promise.resolve(next ?? pending)
  }
  const events: string[] = []
  for await (const event of progressEvents({ first: pending, look, clock: quickClock(), signal }))
    events.push(event)
  return events
}
const asEvent = (progress: Progress) => `event: progress\ndata: ${JSON.stringify(progress)}\n\n`

describe('the stream of a progress', () => {
  test('says only what changed, and ends when all is done', async () => {
    expect(await told([pending, pending, done])).toEqual([
      `retry: 10000\n\n${asEvent(pending)}`,
      asEvent(done),
    ])
  })

  test('gives a sign of life every 15 s and ends after 10 minutes', async () => {
    const events = await told([pending])
    expect(events.slice(1)).toEqual(Array(39).fill(': still here\n\n'))
  })

  test('waits out a registry that is down for a moment', async () => {
    const down = new IdentityError('REGISTRY_FAILED', 'down', { transient: true })
    expect(await told([down, down, done])).toHaveLength(2)
  })

  test('ends when there is nothing to follow any more', async () => {
    expect(await told([new IdentityError('PROGRESS_UNKNOWN', 'gone')])).toHaveLength(1)
  })

  test('ends when it is told to', async () => {
    expect(await told([pending], AbortSignal.abort())).toHaveLength(1)
  })
})

describe('the places for streams', () => {
  test('are bounded, and given back', () => {
    const streams = createStreams(2, 2)
    const first = streams.open('Ada')
    streams.open('Ada')
    expect(() => streams.open('Paul')).toThrow(expect.objectContaining({ code: 'UNAVAILABLE' }) as Error)
    streams.end(first)
    streams.end(first)
    expect(first.signal.aborted).toBe(true)
    streams.open('Paul')
    expect(() => streams.open('Paul')).toThrow()
  })

  test('are for all: one more of the same student ends the oldest of theirs', () => {
    const streams = createStreams(3, 2)
    const [first, second, other] = [streams.open('Ada'), streams.open('Ada'), streams.open('Paul')]
    streams.open('Ada')
    expect([first, second, other].map(({ signal }) => signal.aborted)).toEqual([true, false, false])
  })

  test('are all ended together', () => {
    const streams = createStreams(2, 2)
    const opened = [streams.open('Ada'), streams.open('Paul')]
    streams.close()
    expect(opened.every((stream) => stream.signal.aborted)).toBe(true)
  })
})
