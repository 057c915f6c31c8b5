import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Writer } from '../../ldap-protocol/ber-writer.ts'
import type { Message, Response } from '../../ldap-protocol/message.ts'
import { extension } from '../../ldap-protocol/oids.ts'
import type { Clock } from '../../ldap-server/create.ts'
import { Throttle } from '../../ldap-server/throttle.ts'
import { defaultLimits } from '../../ldap-server/options.ts'
import { Gate } from '../../ldap-server/gate.ts'
import {
  ada,
  bob,
  clearAtOnce,
  clearVerify,
  people,
  realClock,
  start,
  student,
  suffix,
  writer,
} from './running.ts'
import { Wire, searchFor } from './wire.ts'

const notice = (received: readonly Message<Response>[]): unknown => {
  const last = received.at(-1)
  return last?.id === 0 && last.operation.kind === 'extended' ? last.operation.oid : last
}
const nested = (depth: number): Buffer => {
  let filter: Buffer = Buffer.from('8702' + '7569', 'hex')
  for (let level = 0; level < depth; level++)
    filter = new Writer(filter.length + 8).octets(filter, 0xa2).take()
  const to = new Writer().begin(0x30).integer(1).begin(0x63).text('').integer(0, 0x0a).integer(0, 0x0a)
  return to.integer(0).integer(0).boolean(false).raw(filter).begin(0x30).end().end().end().take()
}

describe('a message that cannot be', () => {
  it.each([
    ['no LDAP at all', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['two gigabytes announced', Buffer.from('30847fffffff020101', 'hex')],
    ['an indefinite length', Buffer.from('308002010142000000', 'hex')],
    ['an unknown operation', Buffer.from('30050201017e00', 'hex')],
    ['an answer instead of a request', Buffer.from('300c02010161070a010004000400', 'hex')],
    ['a filter nested 20,000 deep', nested(20_000)],
    ['a filter nested just too deep', nested(70)],
  ])('%s gets a notice and the end', async (_what, bytes) => {
    await using server = await start()
    const wire = await Wire.open(server.port)
    wire.raw(bytes)
    await wire.hungUp()
    expect(notice(wire.received)).toBe(extension.noticeOfDisconnection)
  })

  it('a filter nested 50 deep is none', async () => {
    await using server = await start()
    const wire = await Wire.open(server.port)
    wire.raw(nested(50))
    expect((await wire.answers(1)).at(-1)?.operation).toMatchObject({ result: { code: 0 } })
    wire.close()
  })

  it.each([
    ['an unknown scope', { scope: null }],
    ['a size limit below zero', { sizeLimit: -1 }],
  ])('%s is a wrong request only', async (_what, wrong) => {
    await using server = await start()
    const wire = await Wire.open(server.port)
    expect(await wire.code(searchFor('', '(objectClass=*)', 'base', wrong))).toBe(2)
    expect(await wire.code(searchFor('', '(objectClass=*)', 'base'))).toBe(0)
    wire.close()
  })
})

describe('bounds', () => {
  it('on connections, in all and from one address', async () => {
    await using server = await start({ limits: { connectionsPerAddress: 2 } })
    const kept = [await Wire.open(server.port), await Wire.open(server.port)]
    const third = await Wire.open(server.port)
    await third.hungUp()
    kept[0]?.close()
    for (;;) {
      const next = await Wire.open(server.port)
      const [answer] = await next.answers(next.send(searchFor('', '(objectClass=*)', 'base')))
      next.close()
      if (answer) break
    }
    kept[1]?.close()
  })

  it('on messages left unfinished, however slowly they go on', async () => {
    await using server = await start({ limits: { messageMs: 150 } })
    const wire = await Wire.open(server.port)
    wire.raw(Buffer.from('30', 'hex'))
    const drip = setInterval(() => wire.raw(Buffer.from('82', 'hex')), 40)
    await wire.hungUp()
    clearInterval(drip)
    expect(notice(wire.received)).toBe(extension.noticeOfDisconnection)
  })

  it('on idle connections', async () => {
    await using server = await start({ limits: { idleMs: 50 } })
    const wire = await Wire.open(server.port)
    expect(await wire.bind('', '')).toBe(0)
    await wire.hungUp()
    expect(notice(wire.received)).toBe(extension.noticeOfDisconnection)
  })

  it('on entries looked at and returned', async () => {
    await using server = await start({ limits: { searchExamined: 5 } })
    const wire = await Wire.open(server.port)
    await wire.bind(writer, 'demo')
    expect(await wire.code(searchFor(suffix))).toBe(11)
    expect(await wire.code(searchFor(suffix, '(uid=21100001)'))).toBe(0)
    wire.close()
    await using other = await start({ limits: { searchEntries: 3 } })
    const second = await Wire.open(other.port)
    await second.bind(writer, 'demo')
    const answers = await second.answers(second.send(searchFor(suffix)))
    expect(answers).toHaveLength(4)
    expect(answers.at(-1)?.operation).toMatchObject({ result: { code: 4 } })
    second.close()
  })

  it('on the terms of a filter', async () => {
    await using server = await start({ limits: { searchTerms: 10 } })
    const wire = await Wire.open(server.port)
    expect(await wire.code(searchFor('', `(|${'(cn=a)'.repeat(10)})`, 'base'))).toBe(11)
    expect(
      await wire.code(
        searchFor('', '(cn=a)', 'base', { attributes: Array.from({ length: 10 }, () => 'cn') }),
      ),
    ).toBe(11)
    wire.close()
  })

  it('on time, by a clock that does not go back', async () => {
    let now = 0
    const clock: Clock = { ...realClock, monotonic: () => (now += 400) }
    await using server = await start({ clock })
    const wire = await Wire.open(server.port)
    await wire.bind(writer, 'demo')
    expect(await wire.code(searchFor(suffix, '(objectClass=*)', 'subtree', { timeLimit: 1 }))).toBe(3)
    wire.close()
  })

  it('on operations that wait: a thousand at once are all answered', async () => {
    await using server = await start({ limits: { operationsPerConnection: 8 } })
    const wire = await Wire.open(server.port)
    await wire.bind(writer, 'demo')
    const ids = Array.from({ length: 1000 }, () => wire.send(searchFor(ada, '(uid=*)', 'base')))
    for (const id of ids) expect(await wire.answers(id)).toHaveLength(2)
    wire.close()
  })

  it('on answers not taken: a client that does not read costs no more than it may', async () => {
    const stalled: string[] = []
    await using server = await start({
      limits: { unsentBytes: 50_000, stalledMs: 300 },
      log: (_level, event) => stalled.push(event),
    })
    const many = Array.from({ length: 300 }, (_, n) => student(String(50_000 + n), 'A B', 'x'.repeat(20_000)))
    await server.directory.seed(many.join('\n'))
    const deaf = await Wire.open(server.port)
    await deaf.bind(writer, 'demo')
    deaf.pause()
    for (let n = 0; n < 20; n++) deaf.send(searchFor(people))
    const other = await Wire.open(server.port)
    await other.bind(writer, 'demo')
    while (!stalled.includes('directory.session.stalled')) {
      expect(await other.code(searchFor(ada, '(uid=*)', 'base'))).toBe(0)
    }
    deaf.close()
    const slow = await Wire.open(server.port)
    await slow.bind(writer, 'demo')
    expect(await slow.answers(slow.send(searchFor(people)))).toHaveLength(304)
    slow.close()
    other.close()
  })
})

describe('guessing', () => {
  it('is slowed down for one name from one address, with a bound, and forgotten on success', () => {
    let now = 0
    const throttle = new Throttle(
      { ...defaultLimits, freeFailures: 3, delayMs: 100, longestDelayMs: 1000, forgetMs: 60_000 },
      { ...realClock, monotonic: () => now },
    )
    const attempt = (): number => throttle.attempt('uid=a', '192.0.2.1')
    expect([attempt(), attempt(), attempt(), attempt(), attempt(), attempt()]).toEqual([
      0, 0, 0, 100, 200, 400,
    ])
    for (let n = 0; n < 100; n++) expect(attempt()).toBeLessThanOrEqual(1000)
    expect(throttle.attempt('uid=b', '192.0.2.1')).toBe(0)
    expect(throttle.attempt('uid=a', '192.0.2.2')).toBe(0)
    now += 60_001
    expect(attempt()).toBe(0)
    throttle.succeeded('uid=a', '192.0.2.1')
    expect([attempt(), attempt(), attempt()]).toEqual([0, 0, 0])
  })

  it.each([
    ['by a check that takes long', undefined],
    ['by one that does not', clearAtOnce],
  ])('does not delay others, and the right password still passes, %s', async (_how, verifyAtOnce) => {
    const waited: number[] = []
    const clock: Clock = {
      ...realClock,
      after: (ms, act) => {
        if (ms < 1000) waited.push(ms)
        return realClock.after(ms < 1000 ? 0 : ms, act)
      },
    }
    await using server = await start({
      clock,
      limits: { freeFailures: 2, delayMs: 50, longestDelayMs: 200 },
      ...(verifyAtOnce ? { verifyAtOnce } : {}),
    })
    const wire = await Wire.open(server.port)
    for (let n = 0; n < 5; n++) expect(await wire.bind(ada, 'wrong')).toBe(49)
    expect(waited).toEqual([50, 100, 200])
    expect(await wire.bind(bob, '21100002')).toBe(0)
    expect(await wire.bind(ada, '21100001')).toBe(0)
    expect(waited).toEqual([50, 100, 200, 200])
    expect(await wire.bind(ada, '21100001')).toBe(0)
    expect(waited).toHaveLength(4)
    wire.close()
  })

  it('costs the verifier as often for a name that is not there', async () => {
    const tried: string[] = []
    await using server = await start({
      verify: (stored, password) => {
        tried.push(stored)
        return clearVerify(stored, password)
      },
    })
    const wire = await Wire.open(server.port)
    await wire.bind(ada, 'wrong')
    await wire.bind(`uid=404,${people}`, 'wrong')
    await wire.bind(people, 'wrong')
    await wire.bind('dc=elsewhere', 'wrong')
    expect(tried).toHaveLength(4)
    wire.close()
  })

  it('costs a check that is done at once as often too, and what cannot be checked so is checked later', async () => {
    const tried: string[] = []
    await using server = await start({
      verify: (stored, password) => {
        tried.push(`later ${stored}`)
        return clearVerify(stored, password)
      },
      verifyAtOnce: (stored, password) => {
        tried.push(`at once ${stored}`)
        return stored === '{CLEAR}21100001' ? null : clearAtOnce(stored, password)
      },
    })
    const wire = await Wire.open(server.port)
    expect(await wire.bind(bob, 'wrong')).toBe(49)
    expect(await wire.bind(`uid=404,${people}`, 'wrong')).toBe(49)
    expect(await wire.bind(people, 'wrong')).toBe(49)
    expect(tried).toEqual(Array.from({ length: 3 }, () => 'at once {CLEAR}21100002'))
    expect(await wire.bind(ada, '21100001')).toBe(0)
    expect(tried.slice(3)).toEqual(['at once {CLEAR}21100001', 'later {CLEAR}21100001'])
    wire.close()
  })

  it('gains nothing by many attempts in one packet', async () => {
    const tried: string[] = []
    const clock: Clock = {
      ...realClock,
      after: (ms, act) => (ms === 61_000 ? { [Symbol.dispose]: () => undefined } : realClock.after(ms, act)),
    }
    await using server = await start({
      clock,
      limits: { freeFailures: 3, delayMs: 61_000, longestDelayMs: 61_000 },
      verifyAtOnce: (stored, password) => {
        tried.push(password.toString())
        return clearAtOnce(stored, password)
      },
    })
    const wire = await Wire.open(server.port)
    const guess = (password: string): number =>
      wire.send({
        kind: 'bind',
        version: 3,
        name: ada,
        auth: { kind: 'simple', password: Buffer.from(password) },
      })
    const [, , third = 0] = Array.from({ length: 20 }, (_, n) => guess(`guess ${n}`))
    await wire.answers(third)
    const other = await Wire.open(server.port)
    expect(await other.bind(bob, '21100002')).toBe(0)
    expect(tried).toEqual(['guess 0', 'guess 1', 'guess 2', '21100002'])
    wire.close()
    other.close()
  })

  it('never verifies more passwords at once than may be, and refuses when too many wait', async () => {
    const gate = new Gate(2, 3)
    let most = 0
    let running = 0
    const release: (() => void)[] = []
    const task = async (): Promise<void> => {
      most = Math.max(most, ++running)
      await new Promise<void>((resolve) => release.push(resolve))
      running--
    }
    const all = Array.from({ length: 5 }, () => gate.run(task))
    await expect(gate.run(task)).rejects.toMatchObject({ resultCode: 51 })
    let left = 5
    const done = Promise.all(all.map((one) => one.then(() => left--)))
    while (left > 0) {
      release.shift()?.()
      await new Promise((resolve) => setImmediate(resolve))
    }
    await done
    expect(most).toBe(2)
  })
})

describe('sessions', () => {
  it('answer pipelined requests, a bind after what came before and before what comes after', async () => {
    await using server = await start()
    const wire = await Wire.open(server.port)
    const who = { kind: 'extended', oid: extension.whoAmI, value: null } as const
    const auth = (password: string) => ({ kind: 'simple', password: Buffer.from(password) }) as const
    const first = wire.send(who)
    wire.send({ kind: 'bind', version: 3, name: ada, auth: auth('21100001') })
    const second = wire.send(who)
    wire.send({ kind: 'bind', version: 3, name: bob, auth: auth('21100002') })
    const third = wire.send(who)
    const names = []
    for (const id of [first, second, third]) {
      const operation = (await wire.answers(id)).at(-1)?.operation
      names.push(operation?.kind === 'extended' ? String(operation.value) : operation)
    }
    expect(names).toEqual(['', `dn:${ada}`, `dn:${bob}`])
    wire.close()
  })

  it('hold a bind back until what came before is done', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'directory-'))
    await using server = await start({ folder })
    const wire = await Wire.open(server.port)
    await wire.bind(writer, 'demo')
    const attribute = { type: 'title', values: [Buffer.from('x')] }
    const change = wire.send({ kind: 'modify', dn: ada, changes: [{ operation: 'replace', attribute }] })
    const auth = { kind: 'simple', password: Buffer.alloc(0) } as const
    const bind = wire.send({ kind: 'bind', version: 3, name: '', auth })
    await wire.answers(bind)
    expect(wire.received.slice(-2).map(({ id }) => id)).toEqual([change, bind])
    wire.close()
    await rm(folder, { recursive: true, force: true })
  })

  it('stop a search that was abandoned, without an answer', async () => {
    await using server = await start()
    const many = Array.from({ length: 3000 }, (_, n) => student(String(60_000 + n), 'A B', 'C'))
    await server.directory.seed(many.join('\n'))
    const wire = await Wire.open(server.port)
    await wire.bind(writer, 'demo')
    const id = wire.send(searchFor(suffix, '(description=*)'))
    wire.send({ kind: 'abandon', id })
    wire.send({ kind: 'abandon', id: 4711 })
    expect(await wire.code(searchFor(ada, '(uid=*)', 'base'))).toBe(0)
    expect(wire.received.filter((message) => message.id === id)).toEqual([])
    wire.close()
  })

  it('end without harm when the client vanishes in the middle', async () => {
    await using server = await start()
    for (let n = 0; n < 20; n++) {
      const wire = await Wire.open(server.port)
      await wire.bind(writer, 'demo')
      wire.send(searchFor(suffix))
      wire.close()
    }
    const reset = connect(server.port, '127.0.0.1', () => reset.resetAndDestroy())
    await new Promise((resolve) => reset.once('close', resolve))
    const wire = await Wire.open(server.port)
    expect(await wire.bind(writer, 'demo')).toBe(0)
    wire.close()
  })

  it('are told when the server closes, within two seconds', async () => {
    const server = await start()
    const wire = await Wire.open(server.port)
    await wire.bind(writer, 'demo')
    const before = performance.now()
    await server.directory.close()
    expect(performance.now() - before).toBeLessThan(2000)
    await wire.hungUp()
    expect(notice(wire.received)).toBe(extension.noticeOfDisconnection)
    await expect(Wire.open(server.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  it('count what they answer', async () => {
    const counted: string[] = []
    await using server = await start({ count: (operation, code) => counted.push(`${operation} ${code}`) })
    const wire = await Wire.open(server.port)
    await wire.bind(ada, 'wrong')
    await wire.code(searchFor(''))
    await wire.code({ kind: 'extended', oid: '1.2.3', value: null })
    expect(counted).toEqual(['bind 49', 'search 32', 'extended 2'])
    wire.close()
  })
})

it('a busy port is the error of the socket', async () => {
  await using server = await start()
  await expect(server.directory.listen({ host: '127.0.0.1', port: server.port })).rejects.toMatchObject({
    code: 'EADDRINUSE',
  })
})

it('serves on beside 10,000 connections: idle, half shut, and with half a message', async () => {
  const most = 10_000
  await using server = await start({ limits: { connections: 4 * most, connectionsPerAddress: 4 * most } })
  const before = process.memoryUsage().rss
  const sockets: Socket[] = []
  const one = async (count: number): Promise<void> => {
    const socket = connect({ host: '127.0.0.1', port: server.port, allowHalfOpen: true })
    socket.on('error', () => undefined)
    sockets.push(socket)
    await new Promise((resolve) => socket.once('connect', resolve))
    if (count % 3 === 1) socket.end()
    if (count % 3 === 2) socket.write(Buffer.from('3084000fff', 'hex'))
  }
  // No more at once than wait to be accepted.
  for (let count = 0; count < most; count += 100) {
    await Promise.all(Array.from({ length: 100 }, (_, more) => one(count + more)))
  }
  const wire = await Wire.open(server.port)
  expect(await wire.bind(ada, '21100001')).toBe(0)
  expect(await wire.code(searchFor(ada, '(uid=*)', 'base'))).toBe(0)
  // Both ends of each are in this process.
  expect(process.memoryUsage().rss - before).toBeLessThan(700_000_000)
  wire.close()
  for (const socket of sockets) socket.destroy()
}, 60_000)
