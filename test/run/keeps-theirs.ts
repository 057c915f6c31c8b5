import { afterEach, expect } from 'vitest'
import type { Stage } from './stage.ts'

/** After every test of the file: entries and attributes of others are what they were, to the byte (docs: faults, I9). */
export function keepsTheirs(stage: () => Stage): void {
  afterEach(async () => {
    expect(await stage().disturbed(), 'what is not ours').toEqual([])
  })
}
