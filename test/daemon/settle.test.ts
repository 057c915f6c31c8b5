import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { activate, passOver, passwords, post, settled, standings, tokenFor } from '../run/acts.ts'
import { enrolled } from '../run/people.ts'
import { openStage, type Stage } from '../run/stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage[Symbol.asyncDispose]())
beforeEach(() => stage.afresh())

test('a student who activates is everywhere with the password they chose', async () => {
  const ada = enrolled()
  await passOver(stage, [ada])
  await post(stage)
  expect(stage.mail.to(ada.person.fixedAddress ?? '')).toHaveLength(1)
  await activate(stage, ada.person.number)
  expect(await stage.bind(ada.person.number, passwords.first)).toEqual([true, true, true])
  expect(await stage.bind(ada.person.number, passwords.wrong)).toEqual([false, false, false])
  expect(await standings(stage, ada.person.number)).toEqual(['settled', 'settled', 'settled'])
  expect(await tokenFor(stage, ada.person.fixedAddress ?? '')).toHaveLength(30)
  void settled
})
