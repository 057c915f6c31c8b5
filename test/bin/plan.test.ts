import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { showPlan } from '../../bin/plan.ts'
import { linesOf, shown } from '../../bin/shown-change.ts'
import { loadSettings } from '../../platform/settings.ts'
import { passwords, settled } from '../run/acts.ts'
import { crowd } from '../run/people.ts'
import { openStage, type Stage } from '../run/stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage[Symbol.asyncDispose]())
beforeEach(() => stage.afresh())

const plan = (given = {}) =>
  showPlan.run({ settings: loadSettings({ env: {} }), rooms: stage.rooms, daemon: null }, given)

test('counts come first, then a sample with what stands there and what would, and never a verifier', async () => {
  const people = crowd(3)
  await settled(stage, people)
  const [one = '', two = '', three = ''] = people.map(({ person }) => person.number)
  const upmc = stage.directory('upmc')
  await upmc.modify(one, { sn: ['Spoilt\u001b[2J'], givenName: [], userPassword: ['{SSHA}theirs'] })
  await upmc.modify(two, { cn: ['Somebody', 'Else'] })
  await upmc.remove(`uid=${three},${upmc.profile.base}`)
  const before = JSON.stringify(await upmc.entry(one))
  const { text, data } = await plan()

  const lines = text.split('\n')
  expect(lines.slice(0, 3)).toEqual([
    'primary: 0 to add, 0 to modify, 0 to rename, 0 to remove, 0 changed by others, 0 conflicts',
    'paris-sorbonne: 0 to add, 0 to modify, 0 to rename, 0 to remove, 0 changed by others, 0 conflicts',
    'upmc: 1 to add, 3 to modify, 0 to rename, 0 to remove, 3 changed by others, 0 conflicts',
  ])
  expect(text).toContain('upmc, 3 of 3:')
  expect(text).toMatch(/sn +"Spoilt\\u001b\[2J" → "Lovelace"/)
  expect(text).toMatch(/givenName +\(none\) → "Ada /)
  expect(text).toMatch(/cn +- "Somebody" {2}- "Else" {2}\+ "Ada /)
  expect(text).toMatch(/userPassword +\(not shown\)/)
  expect(text + JSON.stringify(data)).not.toMatch(/\{SSHA|argon2|theirs/)
  expect(text).not.toContain(passwords.first)
  expect(JSON.stringify(await upmc.entry(one))).toBe(before)

  const short = await plan({ sample: '1' })
  expect(short.text).toContain('upmc, 1 of 3:')
  expect((await plan({ sample: '0' })).text).not.toContain('uid=')
  await expect(plan({ sample: 'many' })).rejects.toMatchObject({ code: 'USAGE' })
})

test('a directory that cannot be read is told, and keeps nobody from seeing the others', async () => {
  await settled(stage, crowd(1))
  stage.directory('upmc').wire.cut()
  const { text, exit, error } = await plan()
  expect(text).toContain('primary: 0 to add')
  expect(text).toMatch(/upmc: cannot be read now \(.*\): matricule doctor says more/)
  expect(exit).toBe(1)
  expect(error).toMatchObject({ code: 'TARGET_UNAVAILABLE', message: 'upmc cannot be read now' })
})

test('a rename tells both names, a removal its own, and a long value is cut', () => {
  const rename = shown({ kind: 'rename', id: '1', dn: 'uid=1,ou=old', to: 'uid=1' }, {})
  expect(linesOf('1', rename)).toEqual(['  1  rename  uid=1,ou=old → uid=1'])
  expect(linesOf('1', shown({ kind: 'remove', id: '1', dn: 'uid=1' }, { sn: ['A'] }))).toEqual([
    '  1  remove  uid=1',
  ])
  const long = shown({ kind: 'modify', id: '1', dn: 'uid=1', replace: { sn: ['x'.repeat(200)] } }, {})
  expect(linesOf('1', long)[1]).toBe(`      sn  (none) → "${'x'.repeat(60)}"…`)
})
