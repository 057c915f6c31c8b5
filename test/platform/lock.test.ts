import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { lockHome, readOwner } from '../../platform/lock.ts'
import { freshFolder } from './folder.ts'

interface Holder extends AsyncDisposable {
  child: ChildProcess
  /** The first line it prints: `held`, or the code and message of its refusal. */
  said: string
  kill(): Promise<void>
}

async function holder(home: string): Promise<Holder> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'lock-holder.ts'), home], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const kill = async () => {
    child.kill('SIGKILL')
    await ended
  }
  return { child, said: line.toString().trim(), kill, [Symbol.asyncDispose]: kill }
}

test('the home is made for its owner alone and told who owns it', () => {
  using folder = freshFolder()
  const home = folder.at('new/home')
  {
    using lock = lockHome(home)
    lock.record({ socket: '/run/m.sock' })
    expect(statSync(home).mode & 0o777).toBe(0o700)
    expect(statSync(join(home, 'owner.json')).mode & 0o777).toBe(0o600)
    expect(readOwner(home)).toMatchObject({ pid: process.pid, facts: { socket: '/run/m.sock' } })
  }
  expect(readOwner(home)).toBeNull()
  expect(existsSync(join(home, 'lock-journal'))).toBe(false)
})

test('a home that this process holds is refused, and free once released', () => {
  using folder = freshFolder()
  {
    using _held = lockHome(folder.path)
    expect(() => lockHome(folder.path)).toThrow('is in use by process')
  }
  using again = lockHome(folder.path)
  expect(again.home).toBe(folder.path)
})

test('a second process is refused in one sentence that names the first, and both kinds of end free the home', async () => {
  using folder = freshFolder()
  const first = await holder(folder.path)
  expect(first.said).toBe('held')
  const { pid } = first.child
  expect(() => lockHome(folder.path)).toThrow(
    expect.objectContaining({
      code: 'HOME_IN_USE',
      message: expect.stringContaining(`process ${String(pid)}`) as string,
    }),
  )
  const second = await holder(folder.path)
  expect(second.said).toMatch(new RegExp(`^HOME_IN_USE .*${folder.path}.*process ${String(pid)}, started 20`))
  await second.kill()
  await first.kill()
  // The killed owner left its name behind; only the lock counts.
  expect(readOwner(folder.path)?.pid).toBe(pid)
  await using third = await holder(folder.path)
  expect(third.said).toBe('held')
  third.child.stdin?.end()
  await once(third.child, 'exit')
  using mine = lockHome(folder.path)
  expect(mine.home).toBe(folder.path)
})

test('of two processes that start at once, exactly one owns the home, whatever was killed before', async () => {
  using folder = freshFolder()
  for (let round = 0; round < 3; round++) {
    const both = await Promise.all([holder(folder.path), holder(folder.path)])
    expect(both.map(({ said }) => said.split(' ')[0]).sort()).toEqual(['HOME_IN_USE', 'held'])
    await Promise.all(both.map((one) => one.kill()))
  }
})

test('a home that cannot be a folder is refused', () => {
  using folder = freshFolder()
  writeFileSync(folder.at('file'), '')
  expect(() => lockHome(folder.at('file'))).toThrow(expect.objectContaining({ code: 'HOME_UNUSABLE' }))
  expect(() => lockHome(folder.at('file/below'))).toThrow(expect.objectContaining({ code: 'HOME_UNUSABLE' }))
})

test('an owner file that nobody can read says nothing', () => {
  using folder = freshFolder()
  expect(readOwner(folder.path)).toBeNull()
  writeFileSync(folder.at('owner.json'), '{"pid":')
  expect(readOwner(folder.path)).toBeNull()
})

test('of two that begin at the same moment one has the home, and never none', async () => {
  using folder = freshFolder()
  const rivals = [1, 2].map(() => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'lock-rival.ts'), folder.path], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() }
  })
  const answers = async () => Promise.all(rivals.map(async ({ lines }) => String((await lines.next()).value)))
  const tell = (line: string) => rivals.forEach(({ child }) => child.stdin.write(`${line}\n`))
  try {
    expect(await answers()).toEqual(['ready', 'ready'])
    for (let round = 0; round < 60; round++) {
      tell(`try ${Date.now() + 20}`)
      expect((await answers()).sort()).toEqual(['HOME_IN_USE', 'held'])
      tell('release')
      expect(await answers()).toEqual(['released', 'released'])
    }
  } finally {
    for (const { child } of rivals) child.kill('SIGKILL')
  }
}, 60_000)
