import { expect, test } from 'vitest'
import { runMatricule } from '../run/matricule.ts'

test('settings whose part is not there yet are refused, all at once', async () => {
  const { code, errors } = await runMatricule(['up'], {
    MATRICULE_CAS_USERS_FILE: '/etc/cas-users',
    MATRICULE_ACTIVATION_ASK_BIRTH_DATE: 'true',
  })
  expect(code).toBe(2)
  for (const key of ['cas.users_file', 'activation.ask_birth_date'])
    expect(errors).toContain(`${key}: is not there yet`)
})
