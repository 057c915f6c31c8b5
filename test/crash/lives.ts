import { eventually } from '../run/eventually.ts'
import { live, type Death, type Life, type LifeOptions } from './life.ts'

/** One life after the other on one home. */
export interface Lives extends AsyncDisposable {
  /** The house that lives now: started again if it was killed. Rejects if it ended by itself. */
  alive(): Promise<Life>
  /** Kills the house, and starts `count` at once; resolves when one alone is left, with the end of each other. */
  contest(count: number): Promise<Refused[]>
  /** Nobody is killed any more, but at a numbered point that the present life may still come to. */
  spare(): void
  /** Milliseconds from each start after a death until the page answered. */
  readonly recoveries: readonly number[]
}

/** A house that ended while another one went on. */
export interface Refused {
  readonly code: number | null
  readonly said: string
  /** From the start of all. */
  readonly afterMs: number
}

export interface LivesOptions {
  /** What a life that begins now is given. */
  readonly options: () => Omit<LifeOptions, 'death'>
  readonly deaths: Iterator<Death | null, null>
  /** Told of each life that was killed, before the next one begins. */
  readonly buried: (life: Life, where: string) => void
  /** How long the end of all but one is waited for. */
  readonly patienceMs: number
}

export function oneAfterAnother({ options, deaths, buried, patienceMs }: LivesOptions): Lives {
  const all: Life[] = []
  const recoveries: number[] = []
  const burials = new Map<Life, Promise<void>>()
  let current: Promise<Life> | null = null
  let spared = false

  const begin = async (death: Death | null): Promise<Life> => {
    const life = await live({ ...options(), death })
    all.push(life)
    return life
  }
  const next = async (): Promise<Life> => {
    const life = await begin(spared ? null : deaths.next().value)
    const isFirst = all.length === 1
    void life.answered.then((ms) => !isFirst && ms !== null && recoveries.push(ms))
    return life
  }
  const bury = (life: Life): Promise<void> => {
    const known = burials.get(life)
    if (known) return known
    const burial = life.over.then(({ code, signal, where }) => {
      const ended = `the house ended by itself with ${code ?? signal ?? '?'}`
      if (signal !== 'SIGKILL') throw new Error(`${ended}:\n${life.running.errors().slice(-2_000)}`)
      buried(life, where)
    })
    burials.set(life, burial)
    return burial
  }
  const alive = async (): Promise<Life> => {
    const mine = (current ??= next())
    const life = await mine
    if (!life.isOver()) return life
    await bury(life)
    if (current === mine) current = null
    return alive()
  }
  const rivals = async (count: number): Promise<{ winner: Life; refused: Refused[] }> => {
    const from = performance.now()
    const started = await Promise.all(Array.from({ length: count }, () => begin(null)))
    const refused: Refused[] = []
    for (const { running, over } of started) {
      void over.then(({ code }) => {
        refused.push({ code, said: running.errors().trim(), afterMs: performance.now() - from })
      })
    }
    await eventually('one alone', () => Promise.resolve(refused.length >= count - 1), patienceMs)
    const winner = started.find((life) => !life.isOver())
    if (winner === undefined) throw new Error(`nobody is left: ${refused.map(({ said }) => said).join('\n')}`)
    return { winner, refused: [...refused] }
  }
  return {
    alive,
    recoveries,
    async contest(count) {
      const former = await alive()
      const contested = (async () => {
        former.running.child.kill('SIGKILL')
        await bury(former)
        return rivals(count)
      })()
      // Whoever needs a house meanwhile waits for the one that is left.
      current = contested.then(({ winner }) => winner)
      const { refused } = await contested
      return refused
    },
    spare: () => {
      spared = true
      for (const life of all) life.spare()
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(all.map(({ running }) => running[Symbol.asyncDispose]()))
    },
  }
}
