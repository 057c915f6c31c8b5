import { expect, test } from 'vitest'
import { runMatricule } from '../run/matricule.ts'

test('settings whose part is not there yet are refused, all at once', async () => {
  const { code, errors } = await runMatricule(['up'], {
    MATRICULE_HELPDESK_ISSUER: 'https://login.example.org',
    MATRICULE_ACTIVATION_ASK_BIRTH_DATE: 'true',
  })
  expect(code).toBe(2)
  for (const key of ['helpdesk.issuer', 'activation.ask_birth_date'])
    expect(errors).toContain(`${key}: is not there yet`)
})
