import { expect, test } from 'vitest'
import { told } from '../../bin/terminal.ts'
import { createAdvances, type Advance } from '../../platform/advance.ts'

test('whoever listens hears of every step under way, now and then', () => {
  let now = 0
  const advances = createAdvances({ monotonic: () => now })
  const heard: (readonly Advance[])[] = []
  using reading = advances.begin('upmc: read')
  reading.by(1_000)
  {
    using _listening = advances.listen((each) => heard.push(each))
    reading.by(500)
    // Told a moment ago: not again yet.
    reading.by(500)
    now += 100
    {
      using recording = advances.begin('students recorded', 60_000)
      now += 100
      recording.by(250)
    }
    now += 100
    reading.by(1)
  }
  now += 100
  reading.by(1)
  expect(heard.map(told)).toEqual([
    '  … upmc: read 1,500',
    '  … upmc: read 2,000 · students recorded 0 of 60,000',
    '  … upmc: read 2,000 · students recorded 250 of 60,000',
    '  … upmc: read 2,001',
  ])
})

test('what has only begun is named without a number', () => {
  expect(told([{ step: 'source: read', done: 0, of: null }])).toBe('  … source: read')
})
