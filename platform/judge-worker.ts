import { parentPort } from 'node:worker_threads'
import type { Measure } from './judgement.ts'
import { measure, warmUp } from './strength.ts'

export interface Question {
  readonly id: number
  readonly password: string
  readonly own: readonly string[]
}

/** `ready` once, then one answer per question; `measure` is null when measuring failed. */
export type Answer = { readonly ready: true } | { readonly id: number; readonly measure: Measure | null }

if (parentPort === null) throw new Error('judge-worker is a worker of judge')
const port = parentPort

port.on('message', ({ id, password, own }: Question) => {
  port.postMessage({ id, measure: tryMeasure(password, own) } satisfies Answer)
})
warmUp()
port.postMessage({ ready: true } satisfies Answer)

/** A failure says nothing of its cause: the error might quote the password. */
function tryMeasure(password: string, own: readonly string[]): Measure | null {
  try {
    return measure(password, own)
  } catch {
    return null
  }
}
