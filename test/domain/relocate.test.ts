import { expect, test } from 'vitest'
import type { Profile } from '../../domain/profile.ts'
import { relocated } from '../../domain/relocate.ts'

test('a profile can be told that its people live elsewhere', () => {
  const profile = {
    base: 'ou=people,dc=here',
    entry: () => ({ id: '21100001', dn: 'uid=21100001,ou=people,dc=here', attributes: {} }),
  } as unknown as Profile
  const moved = relocated(profile, 'ou=etudiants,dc=there,dc=fr')
  expect(moved.base).toBe('ou=etudiants,dc=there,dc=fr')
  expect(moved.entry(undefined as never, undefined as never)?.dn).toBe(
    'uid=21100001,ou=etudiants,dc=there,dc=fr',
  )
})
