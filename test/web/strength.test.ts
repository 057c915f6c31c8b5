import { writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { systemClock, type Clock } from '../../platform/clock.ts'
import { createJudge, type Judge } from '../../platform/judge.ts'
import { freshFolder } from '../platform/folder.ts'
import { hostile } from '../platform/hostile.ts'
import { api, appOver, script } from './app-fixture.ts'

/** The real judge behind the real route. */
const appWith = (judge: Judge) => {
  const { flows } = script()
  return appOver(
    {},
    {
      flows: {
        ...flows,
        judge: async ({ password }) => {
          const { reasons, ...judged } = await judge.judge(password, [])
          return { ...judged, reasons: [...reasons] }
        },
      },
    },
  )
}
const usual = { password: 'Motdepasse2021!' }
const guessable = { score: 0, acceptable: false, reasons: ['GUESSABLE'] }

test('while 1,024 hostile bytes hold the worker, everybody else is answered; then it is given up, and the next is measured', async () => {
  using folder = freshFolder()
  const worker = folder.at('worker.mjs')
  // Spins for ever over 1,024 bytes, and finds 12 bits in anything else.
  writeFileSync(
    worker,
    `import { parentPort } from 'node:worker_threads'
     parentPort.on('message', ({ id, password }) => {
       if (Buffer.byteLength(password) === 1024) for (;;) {}
       parentPort.postMessage({ id, measure: { bits: 12, common: false } }) })
     parentPort.postMessage({ ready: true })`,
  )
  // The limit has not passed until the test says so.
  let pass = () => {}
  const passed = new Promise<null>((resolve) => {
    pass = () => resolve(null)
  })
  const clock: Clock = {
    ...systemClock,
    sleep: async (ms, signal) => {
      await passed
      await systemClock.sleep(ms, signal)
    },
  }
  const judge = createJudge({ clock, limitMs: 20, worker: pathToFileURL(worker) })
  await using page = await appWith(judge)
  try {
    let answered = false
    const held = page.post('/password-strength', { password: hostile['no order at all'] }).then((answer) => {
      answered = true
      return answer
    })
    const next = page.post('/password-strength', usual)
    expect((await page.app.inject(`${api}/links`)).statusCode).toBe(200)
    const verified = await page.post('/activation/verify', { studentNumber: '21100001', key: 'ABCDEFGHJKMN' })
    expect(verified.statusCode).toBe(200)
    const progress = { url: `${api}/progress/h2Jk9sPqW4`, headers: { accept: 'application/json' } }
    expect((await page.app.inject(progress)).statusCode).toBe(200)
    expect(answered).toBe(false)

    pass()
    // Judged without its measure: it is long enough.
    expect([(await held).statusCode, (await held).json()]).toEqual([
      200,
      { score: 3, acceptable: true, reasons: [] },
    ])
    expect((await next).json()).toEqual(guessable)
  } finally {
    pass()
    await judge.close()
  }
})

test('whatever the 1,024 bytes are, they are judged, and so is whoever comes after them', async () => {
  const judge = createJudge({ clock: systemClock })
  await using page = await appWith(judge)
  try {
    for (const [kind, password] of Object.entries(hostile))
      expect(Buffer.byteLength(password), kind).toBe(1_024)
    const answers = await Promise.all(
      Object.values(hostile).map((password) => page.post('/password-strength', { password })),
    )
    for (const [at, kind] of Object.keys(hostile).entries()) expect(answers[at]?.statusCode, kind).toBe(200)
    const after = await page.post('/password-strength', { password: 'le tilleul penche vers la rivière' })
    expect(after.json()).toMatchObject({ acceptable: true })
    const longer = await page.post('/password-strength', { password: `${hostile['words'] ?? ''}x` })
    expect(longer.json()).toMatchObject({ acceptable: false, reasons: ['TOO_LONG'] })
  } finally {
    await judge.close()
  }
})
