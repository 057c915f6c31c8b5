import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { explain } from '../../bin/explain.ts'
import { pass } from '../../daemon/pass.ts'
import { loadSettings } from '../../platform/settings.ts'
import { activate, approveAll, passOver, post, settled } from '../run/acts.ts'
import { crowd, enrolled, freshNumber } from '../run/people.ts'
import { openStage, type Stage } from '../run/stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage[Symbol.asyncDispose]())
beforeEach(() => stage.afresh())

interface Explained {
  why: string
  held: { kind: string }[]
  letters: { kind: string; state: string }[]
  timeline: { at: string; what: string }[]
}

async function explained(number: string): Promise<Explained & { text: string }> {
  const settings = loadSettings({ env: {} })
  const { data, text } = await explain.run({ settings, rooms: stage.rooms, daemon: null }, { number })
  return { ...(data as Explained), text }
}

test('the time line tells what happened, oldest first, in French', async () => {
  const number = freshNumber()
  await passOver(stage, [enrolled(number)])
  await post(stage)
  await activate(stage, number)
  await post(stage)
  const { timeline, text } = await explained(number)
  const told = timeline.map(({ what }) => what)
  expect(told.slice(0, 4)).toEqual([
    'dossier vu pour la première fois dans Apogée',
    'premier droit : le compte peut être activé',
    'clef d’activation créée',
    'courriel « clef d’activation » : parti',
  ])
  expect(told).toContain('compte activé par l’étudiant')
  for (const target of ['primary', 'paris-sorbonne', 'upmc'])
    expect(told).toContain(`compte en place : ${target}`)
  expect([...timeline].sort((one, other) => (one.at < other.at ? -1 : 1))).toEqual(timeline)
  expect(text).toContain('compte activé par l’étudiant')
})

test('whoever waits with many others for a person is told so, and that nothing is lost meanwhile', async () => {
  const people = crowd(40)
  await settled(stage, people.slice(0, 1))
  await passOver(stage, people)
  const [{ person: { number } } = { person: { number: '' } }] = people
  await passOver(
    stage,
    people.map(({ person }) => enrolled(person.number, { state: 'A' })),
  )
  const before = await explained(number)
  expect(before.held).toMatchObject([{ kind: 'losses' }])
  expect(before.why).toMatch(/l'équipe informatique doit le confirmer.*rien n'est retiré/)
  await approveAll(stage)
  await pass(stage.rooms)
  const after = await explained(number)
  expect(after.held).toEqual([])
  expect(after.why).toContain('annulée')
})

test('a letter about a shared address is told to each who shares it', async () => {
  const [one, other] = [freshNumber(), freshNumber()]
  await passOver(
    stage,
    [one, other].map((number) => enrolled(number, { fixedAddress: 'famille@example.org' })),
  )
  await post(stage)
  for (const number of [one, other])
    expect((await explained(number)).letters).toMatchObject([{ kind: 'address-shared', state: 'sent' }])
})
