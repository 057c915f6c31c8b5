import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../run/eventually.ts'
import { openStageOf, stageKinds, type OpenStage } from './stages.ts'
import { ada, call, everywhere, keyOf, letterTo, nextSnapshot, subjects, tokenOf } from './story.ts'

/** One student, one evening: the whole way, on real processes. One text, told on both stages. */
describe.each(stageKinds)('%s', (kind) => {
  let stage: OpenStage
  let key: string
  const first = 'la machine analytique tisse'
  const second = 'comme le métier Jacquard des fleurs'

  beforeAll(async () => {
    stage = await openStageOf(kind)
  })
  afterAll(() => stage[Symbol.asyncDispose]())

  test('the letter brings the key to the personal address', async () => {
    const letter = await letterTo(stage, ada.address, subjects.invitation)
    expect(letter).toContain(`Numéro d'étudiant : ${ada.number}`)
    expect(letter).toContain(`${stage.page}/creation-motdepasse`)
    key = keyOf(letter)
  })

  test('a wrong key and an unknown number get the same answer', async () => {
    const wrong = await call(stage, '/activation/verify', { studentNumber: ada.number, key: 'ABCDEFGHJKMN' })
    const unknown = await call(stage, '/activation/verify', {
      studentNumber: '99999999',
      key: 'ABCDEFGHJKMN',
    })
    expect(wrong.status).toBe(403)
    expect(unknown).toEqual(wrong)
  })

  test('number, key and password open the account in all three directories', async () => {
    const typed = `${key.slice(0, 4)}-${key.slice(4, 8).toLowerCase()} ${key.slice(8)}`
    expect((await call(stage, '/activation/verify', { studentNumber: ada.number, key: typed })).status).toBe(
      200,
    )
    const refused = await call(stage, '/activation', {
      studentNumber: ada.number,
      key: typed,
      password: 'lovelace',
    })
    expect(refused).toMatchObject({ status: 422, body: { code: 'PASSWORD_REFUSED' } })

    const activated = await call(stage, '/activation', {
      studentNumber: ada.number,
      key: typed,
      password: first,
    })
    expect(activated).toMatchObject({
      status: 201,
      body: {
        login: ada.number,
        mail: 'ada.lovelace@etu.sorbonne-universite.fr',
        personal_address: ada.address,
      },
    })
    await everywhere(stage, ada.number, first, true)

    const progress = await eventually('the progress page', async () => {
      const answer = await fetch(
        `${stage.page}/creation-motdepasse/api/progress/${String(activated.body['progress'])}`,
      )
      const body = (await answer.json()) as { can_sign_in: boolean; steps: { state: string }[] }
      return body.steps.every(({ state }) => state === 'done') && body
    })
    expect(progress).toMatchObject({ can_sign_in: true })
    expect(await letterTo(stage, ada.address, subjects.ready)).toContain(
      'ada.lovelace@etu.sorbonne-universite.fr',
    )
  })

  test('the key works once', async () => {
    const again = await call(stage, '/activation', { studentNumber: ada.number, key, password: second })
    expect(again).toMatchObject({ status: 409, body: { code: 'KEY_USED' } })
  })

  test('forgotten: the link of the letter sets a new password, and the old one is dead everywhere', async () => {
    expect((await call(stage, '/reset-requests', { email: 'ADA@example.org' })).status).toBe(202)
    expect((await call(stage, '/reset-requests', { email: 'nobody@example.org' })).status).toBe(202)
    const token = tokenOf(await letterTo(stage, ada.address, subjects.reset), stage)
    expect((await call(stage, '/reset/verify', { token })).status).toBe(200)
    expect((await call(stage, '/reset', { token, password: second })).status).toBe(200)
    await everywhere(stage, ada.number, second, true)
    await everywhere(stage, ada.number, first, false)
    expect((await call(stage, '/reset', { token, password: first })).status).toBe(403)
  })

  test('an enrolment cancelled at the source suspends the account everywhere, and enrolled again it is back', async () => {
    await nextSnapshot(stage, (record) => ({
      ...record,
      enrolments: record.enrolments.map((enrolment) => ({ ...enrolment, state: 'A' as const })),
    }))
    expect((await stage.command('sync', '--once')).code).toBe(0)
    await everywhere(stage, ada.number, second, false)
    const explained = await stage.command('explain', ada.number, '--json')
    expect(JSON.parse(explained.output)).toMatchObject({
      right: { has: false, kind: 'none', reason: 'CANCELLED' },
      account: { state: 'suspended' },
      targets: {
        primary: { state: 'settled' },
        'paris-sorbonne': { state: 'settled' },
        upmc: { state: 'settled' },
      },
    })

    await nextSnapshot(stage, (record) => record)
    expect((await stage.command('sync', '--once')).code).toBe(0)
    await everywhere(stage, ada.number, second, true)
  })
})
