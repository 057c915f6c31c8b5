import { expect, test } from 'vitest'
import { asIdentityError } from '../../platform/error.ts'
import { translated } from '../../registry/unavailable.ts'

const failure = (code: string) => asIdentityError(translated(Object.assign(new Error('no'), { code })))

test.each(['53100', '53300', '57P01', '58030', '08006', '40001'])(
  '%s passes by itself: the caller is told to come back',
  (code) => {
    expect(failure(code)).toMatchObject({ code: 'UNAVAILABLE', transient: true })
  },
)

test.each(['23505', '42601', '22001'])('%s is a fault of ours, and told as it is', (code) => {
  expect(failure(code)).toMatchObject({ code: 'UNEXPECTED', transient: false })
})
