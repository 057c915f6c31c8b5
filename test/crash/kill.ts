import { drawFrom } from '../../demo/university/draw.ts'
import { seededChance } from '../../platform/chance.ts'
import type { Broken } from '../run/invariants.ts'
import type { Answer } from '../run/mail-server.ts'
import type { Death } from './life.ts'
import { openScene, type StageKind } from './scene.ts'
import { tellStory } from './story.ts'

export interface Told {
  readonly broken: readonly Broken[]
  /** Where each life ended. */
  readonly deaths: readonly string[]
  readonly recoveries: readonly number[]
}

/** Tells the story of a seed while the house is killed as `deaths` says, and the mail server answers the first letters as
 *  `answers` says; checks every invariant at its end. */
export async function killRun(
  kind: StageKind,
  seed: string,
  deaths: readonly Death[],
  answers: readonly Answer[] = [],
): Promise<Told> {
  await using scene = await openScene(kind, inOrder(deaths))
  scene.mail.script(...answers)
  scene.cuts.push(...cutsOf(answers))
  const source = await tellStory(scene, seed)
  const broken = await scene.judge(source)
  return { broken, deaths: scene.deaths, recoveries: scene.lives.recoveries }
}

/** These deaths one after the other; then nobody is killed any more. */
function* inOrder(deaths: readonly Death[]): Generator<Death | null, null> {
  yield* deaths
  for (;;) yield null
}

/** Where the mail server cuts senders off: after how many letters that it took. */
function cutsOf(answers: readonly Answer[]): number[] {
  const taken = answers.filter((answer) => typeof answer === 'string')
  return taken.flatMap((answer, at) => (answer === 'drop' ? [at + 1] : []))
}

/** Letters that the server puts off, and some that it takes without saying so, drawn from a seed. */
export function drawnAnswers(seed: string, count: number): Answer[] {
  const draw = drawFrom(seededChance(`answers ${seed}`))
  return Array.from({ length: count }, (): Answer => {
    const answer = draw.among({ take: 6, drop: 1, late: 2 })
    return answer === 'late' ? draw.pick([421, 450, 451]) : answer
  })
}

const names = ['registry', 'ldap', 'letter', 'answer', 'file'].flatMap((effect) => [
  `before ${effect}`,
  `after ${effect}`,
])

/** Some lives that end at a numbered point of any name or of one, some that end at any moment, drawn from a seed. */
export function drawnDeaths(seed: string, count: number): Death[] {
  const draw = drawFrom(seededChance(`deaths ${seed}`))
  return Array.from({ length: count }, (): Death => {
    const sort = draw.among({ any: 4, named: 8, start: 1, page: 2 })
    if (sort === 'start' || sort === 'page') return { afterMs: draw.below(4_000), from: sort }
    // Some points are never reached: then it ends at some moment all the same.
    const latest = { afterMs: 5_000, from: 'page' } as const
    if (sort === 'any') return { at: `${1 + draw.below(250)}`, ...latest }
    const name = draw.pick(names)
    return { at: `${1 + draw.below(name.endsWith('registry') ? 125 : 12)} ${name}`, ...latest }
  })
}
