import { expect, test } from 'vitest'
import { runMatricule } from '../run/matricule.ts'

test('settings whose part is not there yet are refused', async () => {
  const { code, errors } = await runMatricule(['up'], { MATRICULE_CAS_USERS_FILE: '/etc/cas-users' })
  expect(code).toBe(2)
  expect(errors).toContain('cas.users_file: is not there yet')
})
