import { writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { systemChance } from '../../platform/chance.ts'
import { systemClock, type Clock } from '../../platform/clock.ts'
import { createJudgeMemory } from '../../platform/judge-memory.ts'
import { createJudge } from '../../platform/judge.ts'
import { freshFolder } from './folder.ts'

/** A worker that answers « 12 bits » after doing what `body` does with the question. */
function workerThat(folder: { at(name: string): string }, body: string): URL {
  const file = folder.at('worker.mjs')
  writeFileSync(
    file,
    `import { parentPort } from 'node:worker_threads'
     parentPort.on('message', (question) => { ${body}
       parentPort.postMessage({ id: question.id, measure: { bits: 12, common: false } }) })
     parentPort.postMessage({ ready: true })`,
  )
  return pathToFileURL(file)
}

test('a password is judged in the worker as it is outside', async () => {
  const judge = createJudge({ clock: systemClock, limitMs: 5_000 })
  try {
    const [weak, good, own] = await Promise.all([
      judge.judge('Motdepasse2021!', []),
      judge.judge('le chat mange la souris verte', []),
      judge.judge('ma tante lovelace aime danser', ['LOVELACE']),
    ])
    expect(weak).toEqual({ score: 1, acceptable: false, reasons: ['GUESSABLE'] })
    expect(good).toMatchObject({ acceptable: true, reasons: [] })
    expect(own.reasons).toEqual(['OWN_DATA'])
    expect((await judge.judge('x\u0000', [])).reasons).toEqual(['NOT_TEXT'])
  } finally {
    await judge.close()
  }
})

test('a password that takes too long is judged without its measure, and the next has a new worker', async () => {
  using folder = freshFolder()
  const worker = workerThat(folder, `if (question.password.startsWith('slow')) for (;;) {}`)
  // A clock that does not advance: processor time alone decides.
  const judge = createJudge({ clock: { ...systemClock, monotonic: () => 0 }, limitMs: 20, worker })
  try {
    const slow = judge.judge('slow but long enough', [])
    const next = judge.judge('quick and long enough', [])
    expect(await slow).toEqual({ score: 3, acceptable: true, reasons: [] })
    expect((await next).reasons).toEqual(['GUESSABLE'])
  } finally {
    await judge.close()
  }
})

test('a worker that waited for a processor is heard, however long that took', async () => {
  using folder = freshFolder()
  const worker = workerThat(folder, `Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100)`)
  const judge = createJudge({ clock: { ...systemClock, monotonic: () => 0 }, limitMs: 20, worker })
  try {
    expect((await judge.judge('patient and long enough', [])).reasons).toEqual(['GUESSABLE'])
  } finally {
    await judge.close()
  }
})

test('a worker that never answers is given up by the clock', async () => {
  using folder = freshFolder()
  const worker = workerThat(folder, `Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)`)
  const judge = createJudge({ clock: systemClock, limitMs: 5, worker })
  try {
    expect((await judge.judge('silent but long enough', [])).acceptable).toBe(true)
  } finally {
    await judge.close()
  }
})

test('a worker that dies over a password is replaced', async () => {
  using folder = freshFolder()
  const worker = workerThat(folder, `if (question.password.startsWith('fatal')) throw new Error('dead')`)
  const judge = createJudge({ clock: systemClock, limitMs: 200, worker })
  try {
    expect((await judge.judge('fatal but long enough', [])).acceptable).toBe(true)
    expect((await judge.judge('quick and long enough', [])).reasons).toEqual(['GUESSABLE'])
  } finally {
    await judge.close()
  }
})

test('a judge whose worker cannot start says so instead of waving passwords through', async () => {
  using folder = freshFolder()
  writeFileSync(folder.at('worker.mjs'), 'throw new Error("no dictionaries")')
  const judge = createJudge({ clock: systemClock, worker: pathToFileURL(folder.at('worker.mjs')) })
  await expect(judge.judge('long enough to pass', [])).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    transient: true,
  })
  await judge.close()
})

test('beyond 200 that wait, the next is told to come back', async () => {
  using folder = freshFolder()
  // Time stands still: the first password is never late, so nobody behind it moves.
  const still: Clock = {
    ...systemClock,
    sleep: (_ms, signal) => new Promise((resolve) => signal?.addEventListener('abort', () => resolve())),
  }
  const judge = createJudge({ clock: still, worker: workerThat(folder, `if (question.id === 1) return`) })
  const waiting = Array.from({ length: 201 }, () =>
    judge.judge('long enough to pass', []).catch(() => undefined),
  )
  await expect(judge.judge('one too many of them', [])).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    transient: true,
  })
  await judge.close()
  await Promise.all(waiting)
})

test('a closed judge judges no more', async () => {
  const judge = createJudge({ clock: systemClock })
  await judge.close()
  await expect(judge.judge('long enough to pass', [])).rejects.toMatchObject({ code: 'UNAVAILABLE' })
})

test('what one judge has measured, another that shares its memory does not measure again', async () => {
  using folder = freshFolder()
  const memory = createJudgeMemory({ clock: systemClock, chance: systemChance })
  const worker = workerThat(folder, `if (question.id > 1) throw new Error('asked twice')`)
  const typing = createJudge({ clock: systemClock, limitMs: 5_000, memory, worker })
  const deciding = createJudge({
    clock: systemClock,
    limitMs: 5_000,
    memory,
    worker: new URL('file:///none'),
  })
  const own = ['21100001', 'Ada']
  try {
    const typed = await typing.judge('quick and long enough', own)
    expect(typed.reasons).toEqual(['GUESSABLE'])
    expect(await typing.judge('quick and long enough', own)).toEqual(typed)
    expect(await deciding.judge('quick and long enough', own)).toEqual(typed)
    await expect(deciding.judge('quick and long enough', ['another'])).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    })
  } finally {
    await Promise.all([typing.close(), deciding.close()])
  }
})

test('a password that could not be measured in time is measured again, not remembered', async () => {
  using folder = freshFolder()
  const memory = createJudgeMemory({ clock: systemClock, chance: systemChance })
  const slow = workerThat(folder, `for (;;) {}`)
  using other = freshFolder()
  const own = ['21100001']
  const hurried = createJudge({ clock: systemClock, limitMs: 5, memory, worker: slow })
  const patient = createJudge({ clock: systemClock, limitMs: 5_000, memory, worker: workerThat(other, '') })
  try {
    expect((await hurried.judge('slow but long enough', own)).acceptable).toBe(true)
    expect((await patient.judge('slow but long enough', own)).reasons).toEqual(['GUESSABLE'])
  } finally {
    await Promise.all([hurried.close(), patient.close()])
  }
})
