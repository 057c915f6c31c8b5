import { generateUniversity } from '../../demo/generate.ts'
import { randomText, seededChance } from '../../platform/chance.ts'
import type { Refused } from './lives.ts'
import { openScene, today, type StageKind } from './scene.ts'
import { hear, letters, type Said } from './story.ts'
import { activate, reachable, reset } from './students.ts'

export interface TwoStarts {
  /** What does not hold: the invariants, and one owner of the home at a time. */
  readonly broken: readonly { readonly invariant: string; readonly detail: string }[]
  readonly refused: readonly Refused[]
}

/** `rounds` times: the house is killed while a student is at the page, and two are started at once on its home. Exactly
 *  one goes on, and nothing that was acknowledged is lost. */
export async function twoStartsRun(kind: StageKind, seed: string, rounds: number): Promise<TwoStarts> {
  const chance = seededChance(`two starts ${seed}`)
  const records = generateUniversity({ students: 60, seed, today })
  const said: Said = { entitled: new Set(), ended: new Set() }
  const refused: Refused[] = []
  await using scene = await openScene(kind, always(null))
  await scene.source(records)
  for (const record of records) hear(said, record)
  const students = reachable(records)

  for (let round = 0; round < rounds; round++) {
    const student = students[round % students.length]
    if (student === undefined) throw new Error('nobody can be reached')
    const act = round < students.length ? activate : reset
    const acting = act(scene, student, randomText(chance, letters, 24))
    const [losers] = await Promise.all([scene.lives.contest(2), acting])
    refused.push(...losers)
  }
  const wrong = refused
    .filter(
      ({ code, said: sentence }) =>
        code !== 2 || sentence.includes('\n') || !sentence.includes(' is in use '),
    )
    .map(({ code, said: sentence }) => ({ invariant: 'one owner', detail: `${code ?? '?'}: ${sentence}` }))
  return { broken: [...wrong, ...(await scene.judge(said))], refused }
}

function* always<Item>(item: Item): Generator<Item, never> {
  for (;;) yield item
}
