import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Control, Message, Response } from '../../ldap-protocol/message.ts'
import { control, extension } from '../../ldap-protocol/oids.ts'
import { writePage } from '../../ldap-protocol/controls.ts'
import { readSyncDone, readSyncInfo, readSyncState, writeSyncRequest } from '../../ldap-protocol/sync.ts'
import { Writer } from '../../ldap-protocol/ber-writer.ts'
import { account, attribute, modify, remove, rename, addTo } from './requests.ts'
import { ada, bob, people, reader, start, suffix, writer } from './running.ts'
import { Wire, searchFor } from './wire.ts'

/** A copy that somebody keeps by RFC 4533: what they believe, from what they were told. */
class Copy {
  readonly entries = new Map<string, string>()
  cookie: Buffer | null = null
  /** What came in the last refresh. */
  sent = { add: 0, present: 0, deleted: 0 }

  /** Takes one refresh. @returns the result code */
  refresh(messages: readonly Message<Response>[]): number {
    this.sent = { add: 0, present: 0, deleted: 0 }
    const mentioned = new Set<string>()
    for (const message of messages) {
      for (const uuid of this.take(message)) mentioned.add(uuid)
      const { operation } = message
      if (operation.kind !== 'result') continue
      const done = message.controls.find(({ oid }) => oid === control.syncDone)?.value
      if (!done) return operation.result.code
      const { cookie, refreshDeletes } = readSyncDone(done)
      this.cookie = cookie
      if (!refreshDeletes)
        for (const uuid of this.entries.keys()) if (!mentioned.has(uuid)) this.entries.delete(uuid)
      return operation.result.code
    }
    throw new Error('the refresh has no end')
  }

  /** Takes one message. @returns the identifiers that it mentions as there */
  take({ operation, controls }: Message<Response>): string[] {
    if (operation.kind === 'intermediate') {
      const info = readSyncInfo(operation.value ?? Buffer.alloc(0))
      if (info.kind === 'newCookie') this.cookie = info.cookie
      if (info.kind !== 'idSet') return []
      if (info.refreshDeletes) {
        for (const uuid of info.uuids) this.entries.delete(uuid)
        this.sent.deleted += info.uuids.length
        return []
      }
      this.sent.present += info.uuids.length
      return [...info.uuids]
    }
    if (operation.kind !== 'entry') return []
    const value = controls.find(({ oid }) => oid === control.syncState)?.value
    const { state, uuid, cookie } = readSyncState(value ?? Buffer.alloc(0))
    if (cookie) this.cookie = cookie
    if (state === 'delete') {
      this.entries.delete(uuid)
      return []
    }
    this.sent.add++
    this.entries.set(uuid, stateOf(operation))
    return [uuid]
  }
}

const stateOf = ({ dn, attributes }: Response & { kind: 'entry' }): string =>
  JSON.stringify([dn, attributes.map(({ type, values }) => [type, values.map(String).sort()]).sort()])

const asking = (
  cookie: Buffer | null,
  mode: 'refreshOnly' | 'refreshAndPersist' = 'refreshOnly',
): Control => ({
  oid: control.syncRequest,
  critical: true,
  value: writeSyncRequest({ mode, cookie, reloadHint: false }),
})

let folder: string
let server: Awaited<ReturnType<typeof start>>
let wire: Wire
const open = async (limits = {}): Promise<void> => {
  server = await start({ folder, limits })
  wire = await Wire.open(server.port)
  await wire.bind(writer, 'demo')
}
const restart = async (limits = {}): Promise<void> => {
  wire.close()
  await server.directory.close()
  await open(limits)
}
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'matricule-sync-'))
  await open()
})
afterEach(async () => {
  wire.close()
  await server.directory.close()
  await rm(folder, { recursive: true })
})

const everybody = searchFor(people, '(uid=*)', 'subtree', { attributes: ['*', 'entryUUID'] })
const refresh = async (copy: Copy, search = everybody): Promise<number> =>
  copy.refresh(await wire.answers(wire.send(search, [asking(copy.cookie)])))
const truth = async (search = everybody): Promise<string[]> =>
  (await wire.answers(wire.send(search)))
    .flatMap(({ operation }) => (operation.kind === 'entry' ? [stateOf(operation)] : []))
    .sort()
const believed = (copy: Copy): string[] => [...copy.entries.values()].sort()

describe('refreshOnly', () => {
  it('gives everything first, then only what changed, deletions and renames included', async () => {
    const copy = new Copy()
    expect(await refresh(copy)).toBe(0)
    expect(copy.sent).toEqual({ add: 2, present: 0, deleted: 0 })
    await wire.code(account('1'))
    await wire.code(account('2'))
    await wire.code(modify(ada, ['replace', 'title', 'Countess']))
    await wire.code(remove(bob))
    await wire.code(rename(`uid=1,${people}`, 'uid=9'))
    expect(await refresh(copy)).toBe(0)
    expect(copy.sent).toEqual({ add: 3, present: 0, deleted: 1 })
    expect(believed(copy)).toEqual(await truth())
    expect(await refresh(copy)).toBe(0)
    expect(copy.sent).toEqual({ add: 0, present: 0, deleted: 0 })
  })

  it('goes on after a restart, and after the log was rewritten as a snapshot', async () => {
    const copy = new Copy()
    await wire.code(account('5'))
    await refresh(copy)
    await wire.code(remove(`uid=5,${people}`))
    await restart()
    await refresh(copy)
    expect(copy.sent).toEqual({ add: 0, present: 0, deleted: 1 })
    await restart({ logBytes: 1_000 })
    await wire.code(account('1'))
    await refresh(copy)
    await wire.code(remove(`uid=1,${people}`))
    for (let at = 0; at < 20; at++) await wire.code(modify(ada, ['replace', 'title', `t${at}`]))
    await restart()
    await refresh(copy)
    expect(believed(copy)).toEqual(await truth())
  })

  it('names what is there when the cookie is older than the session log', async () => {
    await restart({ sessionLog: 5 })
    const copy = new Copy()
    for (let at = 0; at < 4; at++) await wire.code(account(`a${at}`))
    await refresh(copy)
    await wire.code(remove(bob))
    for (let at = 0; at < 12; at++) await wire.code(modify(ada, ['replace', 'title', `t${at}`]))
    await refresh(copy)
    expect(copy.sent).toEqual({ add: 1, present: 4, deleted: 0 })
    expect(believed(copy)).toEqual(await truth())
  })

  it('sends everything when names may have changed without a sign since an old cookie', async () => {
    await restart({ sessionLog: 3 })
    const copy = new Copy()
    await wire.code(addTo(`ou=x,${people}`, attribute('objectClass', 'organizationalUnit')))
    await wire.code(addTo(`uid=1,ou=x,${people}`, attribute('objectClass', 'account')))
    await refresh(copy)
    await wire.code(rename(`ou=x,${people}`, 'ou=y'))
    for (let at = 0; at < 9; at++) await wire.code(modify(ada, ['replace', 'title', `t${at}`]))
    await refresh(copy)
    expect(copy.sent).toEqual({ add: 3, present: 0, deleted: 0 })
    expect(believed(copy)).toEqual(await truth())
  })

  it.each([
    ['that nobody can read', () => Buffer.from('rid=001,csn=nonsense')],
    [
      'of another search',
      (cookie: Buffer) => Buffer.from(String(cookie).replace(/of=.*/, 'of=0123456789abcdef')),
    ],
  ])('a cookie %s brings everything', async (_which, spoil) => {
    const copy = new Copy()
    await refresh(copy)
    copy.cookie = spoil(copy.cookie ?? Buffer.alloc(0))
    expect(await refresh(copy)).toBe(0)
    expect(copy.sent.add).toBe(2)
  })

  it('a cookie from the future is refused with 53', async () => {
    const copy = new Copy()
    await refresh(copy)
    copy.cookie = Buffer.from(String(copy.cookie).replace('csn=20', 'csn=30'))
    expect(await refresh(copy)).toBe(53)
  })

  it('what leaves the content is gone, what enters it is there', async () => {
    const titled = searchFor(people, '(title=x)', 'subtree', { attributes: ['title'] })
    const copy = new Copy()
    await wire.code(modify(ada, ['replace', 'title', 'x']))
    await refresh(copy, titled)
    await wire.code(modify(ada, ['replace', 'title', 'y']))
    await wire.code(modify(bob, ['replace', 'title', 'x']))
    await refresh(copy, titled)
    expect(believed(copy)).toEqual(await truth(titled))
    expect(copy.sent).toEqual({ add: 1, present: 0, deleted: 1 })
  })

  it('shows no more than a plain search: verifiers stay here', async () => {
    const other = await Wire.open(server.port)
    await other.bind(reader, 'demo')
    const told = await other.answers(other.send(searchFor(suffix, '(uid=*)'), [asking(null)]))
    expect(JSON.stringify(told).toLowerCase()).not.toContain('userpassword')
    expect(told).toHaveLength(3)
    const own = await Wire.open(server.port)
    expect(await own.code(searchFor(suffix, '(uid=*)'), [asking(null)])).toBe(32)
    other.close()
    own.close()
  })

  it('is refused with pages, on the root DSE, with dereferencing and with a wrong value', async () => {
    const page = { oid: control.pagedResults, critical: true, value: writePage(5, Buffer.alloc(0)) }
    expect(await wire.code(everybody, [asking(null), page])).toBe(53)
    expect(await wire.code(searchFor('', '(objectClass=*)', 'base'), [asking(null)])).toBe(53)
    expect(await wire.code({ ...everybody, deref: 3 }, [asking(null)])).toBe(2)
    const wrong = { oid: control.syncRequest, critical: true, value: Buffer.from([0x30, 3, 0x0a, 1, 2]) }
    expect(await wire.code(everybody, [wrong])).toBe(2)
    expect(await wire.code({ ...everybody, sizeLimit: 1 }, [asking(null)])).toBe(4)
  })

  it('keeps a copy true whatever happens, refresh by refresh', async () => {
    const uid = fc.integer({ min: 0, max: 4 }).map(String)
    const under = fc.constantFrom(people, `ou=a,${people}`, `ou=b,${people}`)
    const step = fc.oneof(
      fc.tuple(uid, under).map(([id, at]) => addTo(`uid=${id},${at}`, attribute('objectClass', 'account'))),
      fc
        .constantFrom('a', 'b')
        .map((ou) => addTo(`ou=${ou},${people}`, attribute('objectClass', 'organizationalUnit'))),
      fc.tuple(uid, under).map(([id, at]) => remove(`uid=${id},${at}`)),
      fc
        .tuple(uid, under, uid, under)
        .map(([id, at, to, above]) => rename(`uid=${id},${at}`, `uid=${to}`, above)),
      fc.constantFrom('a', 'b', 'c').map((ou) => rename(`ou=a,${people}`, `ou=${ou}`)),
      fc
        .tuple(uid, under, fc.constantFrom('x', 'y'))
        .map(([id, at, text]) => modify(`uid=${id},${at}`, ['replace', 'description', text])),
      fc.constant('refresh' as const),
      fc.constant('restart' as const),
    )
    const searches = [
      everybody,
      searchFor(`ou=a,${people}`, '(description=x)', 'subtree', { attributes: ['*'] }),
      searchFor(people, '(objectClass=account)', 'one', { attributes: ['*'] }),
    ]
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
        const copies = searches.map(() => new Copy())
        const look = async (): Promise<void> => {
          for (const [at, search] of searches.entries()) {
            const copy = copies[at] ?? new Copy()
            // A base that is not there empties nothing: it is asked again later.
            if ((await refresh(copy, search)) === 0) expect(believed(copy)).toEqual(await truth(search))
          }
        }
        for (const one of steps) {
          if (one === 'refresh') await look()
          else if (one === 'restart') await restart({ sessionLog: 4, logBytes: 2_000 })
          else await wire.code(one)
        }
        await look()
      }),
      { numRuns: 40 },
    )
  }, 60_000)
})

describe('refreshAndPersist', () => {
  const follow = (copy: Copy, search = everybody): number =>
    wire.send(search, [asking(copy.cookie, 'refreshAndPersist')])
  /** Waits until what was told up to now has arrived: answers of one connection come in order. */
  const settled = async (copy: Copy, id: number): Promise<void> => {
    await wire.code({ kind: 'extended', oid: extension.whoAmI, value: null })
    await new Promise((resolve) => setImmediate(resolve))
    await wire.code({ kind: 'extended', oid: extension.whoAmI, value: null })
    copy.entries.clear()
    for (const message of wire.received) if (message.id === id) copy.take(message)
  }

  it('tells every change as it happens', async () => {
    const copy = new Copy()
    const id = follow(copy)
    await wire.code(account('1'))
    await wire.code(modify(ada, ['replace', 'title', 'Countess']))
    await wire.code(rename(`uid=1,${people}`, 'uid=2'))
    await wire.code(remove(bob))
    await settled(copy, id)
    expect(believed(copy)).toEqual(await truth())
    const states = wire.received
      .filter((message) => message.id === id && message.operation.kind === 'entry')
      .map(({ controls }) => readSyncState(controls[0]?.value ?? Buffer.alloc(0)).state)
    expect(states).toEqual(['add', 'add', 'add', 'modify', 'modify', 'delete'])
    const infos = wire.received.flatMap(({ operation }) =>
      operation.kind === 'intermediate' ? [readSyncInfo(operation.value ?? Buffer.alloc(0))] : [],
    )
    expect(infos).toMatchObject([{ kind: 'refreshPresent', refreshDone: true }])
  })

  it('gives cookies that a later refresh goes on from', async () => {
    const copy = new Copy()
    const id = follow(copy)
    await wire.code(account('1'))
    await settled(copy, id)
    await wire.code(remove(`uid=1,${people}`))
    await refresh(copy)
    expect(copy.sent).toEqual({ add: 0, present: 0, deleted: 1 })
    expect(believed(copy)).toEqual(await truth())
  })

  it('ends without an answer when abandoned, with 118 when cancelled, and before a bind', async () => {
    const first = follow(new Copy())
    await settled(new Copy(), first)
    wire.send({ kind: 'abandon', id: first })
    const second = follow(new Copy())
    await settled(new Copy(), second)
    const value = new Writer(8).begin(0x30).integer(second).end().take()
    expect(await wire.code({ kind: 'extended', oid: extension.cancel, value })).toBe(0)
    expect((await wire.answers(second)).at(-1)?.operation).toMatchObject({ result: { code: 118 } })
    expect(await wire.code({ kind: 'extended', oid: extension.cancel, value })).toBe(119)
    const third = follow(new Copy())
    await settled(new Copy(), third)
    expect(await wire.bind(writer, 'demo')).toBe(0)
    await wire.code(account('7'))
    const ends = wire.received.filter(({ id, operation }) => id !== second && operation.kind === 'result')
    expect(ends.some(({ id }) => id === first || id === third)).toBe(false)
    expect(
      wire.received
        .filter(({ id }) => id === third)
        .some(({ operation }) => operation.kind === 'entry' && operation.dn.startsWith('uid=7,')),
    ).toBe(false)
  })

  it('a follower that does not keep up is told to begin again', async () => {
    await restart({ syncBacklog: 3, unsentBytes: 1 })
    const slow = await Wire.open(server.port)
    await slow.bind(writer, 'demo')
    slow.send({ ...everybody, filter: { kind: 'present', type: 'objectClass' } }, [
      asking(null, 'refreshAndPersist'),
    ])
    slow.pause()
    const long = 'x'.repeat(400_000)
    for (let at = 0; at < 30; at++) await wire.code(modify(ada, ['replace', 'title', `${long}${at}`]))
    slow.resume()
    while (!slow.received.some(({ operation }) => operation.kind === 'result' && operation.of === 'search')) {
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(slow.received.at(-1)?.operation).toMatchObject({ result: { code: 4096 } })
    slow.close()
  })
})
