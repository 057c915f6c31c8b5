import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { eventually } from '../run/eventually.ts'
import { runMatricule, startMatricule } from '../run/matricule.ts'
import { administrator, openZimbra } from '../run/zimbra/server.ts'
import { ada, call, keyOf, letterTo, stageOf, subjects } from '../journey/story.ts'

// Each test starts a whole house.
vi.setConfig({ testTimeout: 180_000 })

test('a house that is told of a Zimbra keeps mailboxes there, and tells the student when theirs is ready', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'matricule-zimbra-'))
  const passwordFile = join(folder.path, 'password')
  await writeFile(passwordFile, `${administrator.password}\n`, { mode: 0o600 })
  const zimbra = await openZimbra({ domain: 'etu.sorbonne-universite.fr' })
  await using running = await startMatricule({
    env: {
      MATRICULE_ZIMBRA_URL: new URL(zimbra.url).origin,
      MATRICULE_ZIMBRA_ADMIN: administrator.name,
      MATRICULE_ZIMBRA_PASSWORD_FILE: passwordFile,
    },
  })
  await running.ready()
  const stage = stageOf(running.ports, running.home)
  const key = keyOf(await letterTo(stage, ada.address, subjects.invitation))
  const password = 'des cartes perforées partout'
  const { body } = await call(stage, '/activation', { studentNumber: ada.number, key, password })
  const steps = await eventually('the mailbox', async () => {
    const answer = await fetch(`${stage.page}/creation-motdepasse/api/progress/${String(body['progress'])}`)
    const told = (await answer.json()) as { steps: { target: string; state: string }[] }
    return told.steps.every(({ state }) => state === 'done') ? told.steps : null
  })
  expect(steps.map(({ target }) => target)).toEqual(['primary', 'paris-sorbonne', 'upmc', 'mailbox'])
  expect(await letterTo(stage, ada.address, subjects.ready)).toContain(String(body['mail']))
  expect(zimbra.account(String(body['mail']))?.attributes.get('zimbraPrefMailForwardingAddress')).toEqual([
    ada.address,
  ])
  const { output } = await stage.command('explain', ada.number, '--json')
  expect(JSON.parse(output)).toMatchObject({ targets: { mailbox: { state: expect.any(String) as string } } })
  const metrics = await (await fetch(`http://127.0.0.1:${running.ports.ops}/metrics`)).text()
  expect(metrics).toContain('matricule_target_up{target="mailbox"} 1')
  expect(running.output() + running.errors()).not.toContain(administrator.password)
  await running.stop()
  await zimbra.close()
})

test('a Zimbra without an administrator, or in clear from elsewhere, is refused, all at once', async () => {
  const { code, errors } = await runMatricule(['up'], {
    MATRICULE_ZIMBRA_URL: 'https://zimbra.example.org:7071/',
    MATRICULE_TARGETS_UPMC_KEEP: 'false',
  })
  expect(code).toBe(2)
  for (const key of ['zimbra.admin', 'zimbra.password_file'])
    expect(errors).toContain(`${key}: is needed with an address`)
  const inClear = await runMatricule(['up'], { MATRICULE_ZIMBRA_URL: 'http://zimbra.example.org:7071/' })
  expect(inClear.code).toBe(2)
  expect(inClear.errors).toContain('zimbra.url')
})
