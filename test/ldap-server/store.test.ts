import { appendFile, mkdtemp, open, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseLdif } from '../../ldap-protocol/ldif.ts'
import type { Directory, DirectoryOptions } from '../../ldap-server/create.ts'
import { copyStore } from '../../ldap-server/store-copy.ts'
import { Store } from '../../ldap-server/store.ts'
import { killWhileWriting } from './kill.ts'
import { ada, makeDirectory, people, start, student, suffix, university, writer } from './running.ts'
import { Wire, searchFor } from './wire.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'directory-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const reopen = async (options: Partial<DirectoryOptions> = {}): Promise<Directory> => {
  const directory = makeDirectory({ folder, ...options })
  await directory.open()
  return directory
}

/** Every entry with its attributes, as the writer sees it. */
const contents = async (directory: Directory): Promise<Map<string, Map<string, string[]>>> => {
  const { port } = await directory.listen({ host: '127.0.0.1', port: 0 })
  const wire = await Wire.open(port)
  expect(await wire.bind(writer, 'demo')).toBe(0)
  const answers = await wire.answers(
    wire.send(searchFor(suffix, '(objectClass=*)', 'subtree', { attributes: ['*', '+'] })),
  )
  wire.close()
  return new Map(
    answers.flatMap(({ operation }) =>
      operation.kind === 'entry'
        ? [
            [
              operation.dn,
              new Map(operation.attributes.map(({ type, values }) => [type, values.map(String)])),
            ],
          ]
        : [],
    ),
  )
}

describe('the store', () => {
  it('brings everything back as it was: entries, identities, numbers of changes', async () => {
    const first = await reopen()
    expect(await first.seed(university)).toBe(7)
    expect(await first.seed(university)).toBe(0)
    const before = await contents(first)
    await first.close()
    const second = await reopen()
    expect(await contents(second)).toEqual(before)
    await second.close()
  })

  it('goes on with greater change numbers when the clock was set back', async () => {
    const clock = (at: string): DirectoryOptions['clock'] => ({
      now: () => new Date(at),
      monotonic: () => performance.now(),
      after: () => ({ [Symbol.dispose]: () => undefined }),
    })
    const csn = async (directory: Directory, dn: string): Promise<string> =>
      (await contents(directory)).get(dn)?.get('entryCSN')?.[0] ?? ''
    const first = await reopen({ clock: clock('2026-09-01T00:00:00Z') })
    await first.seed(university)
    const before = await csn(first, ada)
    await first.close()
    const second = await reopen({ clock: clock('2020-01-01T00:00:00Z') })
    await second.seed(student('21100009', 'Late Comer', 'Comer'))
    expect((await csn(second, `uid=21100009,${people}`)) > before).toBe(true)
    await second.close()
  })

  it('cuts off a torn end and keeps what was whole', async () => {
    const first = await reopen()
    await first.seed(university)
    await first.close()
    const whole = await readFile(join(folder, 'log-1'))
    for (const torn of [
      Buffer.from([0]),
      Buffer.alloc(50),
      whole.subarray(-30),
      Buffer.from('7fffffff', 'hex'),
    ]) {
      await appendFile(join(folder, 'log-1'), torn)
      const events: string[] = []
      const again = await reopen({ log: (_level, event) => events.push(event) })
      expect(again.size()).toBe(7)
      expect(events).toContain('directory.store.torn')
      await again.close()
      expect(await readFile(join(folder, 'log-1'))).toEqual(whole)
    }
  })

  it('cuts wherever the end was torn', async () => {
    const first = await reopen()
    await first.seed(university)
    await first.close()
    const whole = await readFile(join(folder, 'log-1'))
    for (let length = whole.length - 1; length >= 0; length -= 97) {
      await writeFile(join(folder, 'log-1'), whole.subarray(0, length))
      const again = await reopen()
      expect(again.size()).toBeLessThan(7)
      await again.seed(university)
      expect(again.size()).toBe(7)
      await again.close()
    }
  })

  it('refuses to open when something older than the end is damaged', async () => {
    const first = await reopen({ limits: { logBytes: 1 } })
    await first.seed(university)
    for (let n = 0; n < 20; n++) await first.seed(student(String(30_000 + n), 'A B', 'B'))
    await first.close()
    const names = await readdir(folder)
    const snapshot = names.find((name) => name.startsWith('snapshot-')) ?? ''
    const file = await open(join(folder, snapshot), 'r+')
    await file.write(Buffer.from([1, 2, 3]), 0, 3, 200)
    await file.close()
    await expect(reopen()).rejects.toMatchObject({ code: 'DIRECTORY_STORE_BROKEN' })
  })

  it('rewrites a long log while changes go on, and loses none', async () => {
    const first = await reopen({ limits: { logBytes: 5_000 } })
    await first.seed(university)
    const numbers = Array.from({ length: 120 }, (_, n) => String(40_000 + n))
    await Promise.all(numbers.map((number) => first.seed(student(number, 'A B', 'B'))))
    for (const number of numbers.slice(0, 40)) await first.seed(student(`1${number}`, 'A B', 'B'))
    const before = await contents(first)
    await first.close()
    expect((await readdir(folder)).some((name) => name.startsWith('snapshot-'))).toBe(true)
    expect(await readdir(folder)).not.toContain('log-1')
    const second = await reopen()
    expect(await contents(second)).toEqual(before)
    await second.close()
  })

  it('keeps its files to itself', async () => {
    const first = await reopen()
    await first.seed(university)
    await first.close()
    expect((await stat(join(folder, 'log-1'))).mode & 0o077).toBe(0)
  })

  it('takes back what cannot be stored, and answers 52', async () => {
    const store = new Store(folder, 1_000_000, () => undefined)
    await store.open(
      () => undefined,
      () => [],
    )
    await store.close()
    const undone: string[] = []
    const append = (name: string): Promise<void> =>
      store.append({ kind: 'delete', dn: name, csn: '' }, '', () => undone.push(name))
    await expect(append('a')).rejects.toMatchObject({ resultCode: 52 })
    expect(undone).toEqual(['a'])
  })

  it('answers nothing before it is safe on the disk', async () => {
    await using server = await start({ folder })
    const wire = await Wire.open(server.port)
    await wire.bind(writer, 'demo')
    const size = (await stat(join(folder, 'log-1'))).size
    const attribute = { type: 'sn', values: [Buffer.from('x')] }
    expect(await wire.code({ kind: 'modify', dn: ada, changes: [{ operation: 'replace', attribute }] })).toBe(
      0,
    )
    expect((await stat(join(folder, 'log-1'))).size).toBeGreaterThan(size)
    wire.close()
  })

  it('keeps every acknowledged change when the process is killed in the middle', async () => {
    const { broken, acknowledged } = await killWhileWriting(folder, [150, 150])
    expect(broken).toEqual([])
    expect(acknowledged).toBeGreaterThan(200)
  })
})

it('a copy made while it is written holds what was acknowledged before, in its order', async () => {
  // The log is rewritten as a snapshot again and again meanwhile.
  const directory = await reopen({ limits: { logBytes: 20_000 } })
  await directory.seed(university)
  const copies = await mkdtemp(join(tmpdir(), 'directory-copies-'))
  let added = 0
  const writing = (async () => {
    for (let number = 0; number < 400; number++) {
      await directory.seed(student(String(30_000 + number), 'A B', 'C'))
      added = number + 1
    }
  })()
  const seen: [number, string][] = []
  for (let count = 0; count < 10; count++) {
    const before = added
    const copy = join(copies, String(count))
    await copyStore(folder, copy)
    seen.push([before, copy])
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  await writing
  for (const [before, copy] of seen) {
    const read = makeDirectory({ folder: copy })
    await read.open()
    const numbers = [...read.entries()].flatMap(({ dn }) => /^uid=(3\d{4}),/.exec(dn)?.[1] ?? []).map(Number)
    expect(numbers.length).toBeGreaterThanOrEqual(before)
    expect(numbers.sort()).toEqual(Array.from(numbers, (_, at) => 30_000 + at))
    await read.close()
  }
  expect(directory.size()).toBe(7 + 400)
  await directory.close()
  await rm(copies, { recursive: true })
})

it('entries may be given as values too', async () => {
  const directory = await reopen()
  const entries = [...parseLdif(university)].filter((record) => record.kind === 'entry')
  expect(await directory.seed(entries)).toBe(7)
  await directory.close()
})
