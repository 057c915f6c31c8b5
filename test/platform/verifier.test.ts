import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { seededChance, systemChance } from '../../platform/chance.ts'
import { createVerifiers, normalisePassword, verifierSchemes } from '../../platform/verifier.ts'

const argon2 = { memory_kib: 8_192, passes: 1, lanes: 1 }
const verifiers = createVerifiers({ schemes: verifierSchemes, chance: systemChance, argon2 })
const forms = {
  argon2id: /^\{ARGON2\}\$argon2id\$v=19\$m=8192,t=1,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/,
  ssha512: /^\{SSHA512\}[A-Za-z0-9+/]{107}=$/,
  ssha: /^\{SSHA\}[A-Za-z0-9+/]{48}$/,
}

test('each scheme is made in the form that slapd stores', async () => {
  const made = await verifiers.make('le chat mange la souris')
  expect(Object.keys(made)).toEqual([...verifierSchemes])
  for (const scheme of verifierSchemes) expect(made[scheme]).toMatch(forms[scheme])
})

test('the password that was chosen is right in every scheme, and any other is wrong', async () => {
  const password = fc.string({ minLength: 1, maxLength: 100, unit: 'grapheme' })
  await fc.assert(
    fc.asyncProperty(password, password, async (chosen, other) => {
      const made = await verifiers.make(chosen)
      for (const stored of Object.values(made)) {
        expect(await verifiers.check(stored, chosen)).toBe(true)
        expect(await verifiers.check(stored, Buffer.from(chosen))).toBe(true)
        expect(await verifiers.check(stored, other)).toBe(other === chosen)
      }
    }),
    { numRuns: 15 },
  )
})

test('the same password never gives the same verifier twice', async () => {
  const [one, two] = [await verifiers.make('same'), await verifiers.make('same')]
  for (const scheme of verifierSchemes) expect(one[scheme]).not.toBe(two[scheme])
})

test('verifiers come from chance and from nowhere else', async () => {
  const [one, two] = await Promise.all(
    ['seed', 'seed'].map((seed) =>
      createVerifiers({ schemes: verifierSchemes, chance: seededChance(seed), argon2 }).make('same'),
    ),
  )
  expect(one).toEqual(two)
})

const digest = (algorithm: string, salt = '') =>
  Buffer.concat([createHash(algorithm).update(`secret${salt}`).digest(), Buffer.from(salt)]).toString(
    'base64',
  )

test.each([
  ['{SHA}' + digest('sha1')],
  ['{SHA512}' + digest('sha512')],
  ['{SSHA}' + digest('sha1', 'salt')],
  ['{ssha}' + digest('sha1', '12345678')],
  ['{SSHA256}' + digest('sha256', '12345678')],
  ['{SSHA512}' + digest('sha512', '12345678')],
])('what older directories hold is checked: %s', async (stored) => {
  expect(await verifiers.check(stored, 'secret')).toBe(true)
  expect(await verifiers.check(stored, 'Secret')).toBe(false)
  expect(verifiers.checkAtOnce(stored, Buffer.from('secret'))).toBe(true)
  expect(verifiers.checkAtOnce(stored, Buffer.from('Secret'))).toBe(false)
})

test.each([
  'secret',
  '',
  '{',
  '{}secret',
  '{CLEARTEXT}secret',
  '{CRYPT}$6$x$y',
  '{SSHA}',
  '{SSHA}!!!!',
  '{SSHA}' + digest('sha1'),
  '{SHA}' + digest('sha1', 'salt'),
  '{SSHA}' + digest('sha1', 's'.repeat(65)),
  '{__proto__}secret',
  '{ARGON2}',
  '{ARGON2}$argon2id$v=19$m=19456,t=2,p=1$short',
  '{ARGON2}$argon2id$v=19$m=19456,t=2,p=1$AAAA$AAAA',
])('no password is behind %s', async (stored) => {
  expect(await verifiers.check(stored, 'secret')).toBe(false)
})

test.each(['m=262145,t=1,p=1', 'm=4294967295,t=1,p=1', 'm=8192,t=11,p=1', 'm=8192,t=1,p=17'])(
  'a stored argon2 value that asks for %s is refused without computing it',
  async (costs) => {
    const stored = ((await verifiers.make('secret')).argon2id ?? '').replace('m=8192,t=1,p=1', costs)
    expect(stored).toContain(costs)
    expect(await verifiers.check(stored, 'secret')).toBe(false)
  },
)

test('what takes long is not checked at once', async () => {
  const { argon2id = '' } = await verifiers.make('secret')
  expect(verifiers.checkAtOnce(argon2id, Buffer.from('secret'))).toBe(null)
  expect(verifiers.checkAtOnce(argon2id.replace('t=1', 't=11'), Buffer.from('secret'))).toBe(false)
  expect(verifiers.checkAtOnce('secret', Buffer.from('secret'))).toBe(false)
})

test('any stored value at all is answered, never thrown at', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string(),
      fc.constantFrom('', '{SSHA}', '{ARGON2}$argon2id$'),
      async (text, start) => {
        expect(await verifiers.check(start + text, 'secret')).toBe(false)
      },
    ),
  )
})

test('a password is hashed as given, and longer than 1,024 bytes is neither made nor checked', async () => {
  const long = 'é'.repeat(512)
  const { ssha = '' } = await verifiers.make(long)
  expect(await verifiers.check(ssha, long)).toBe(true)
  await expect(verifiers.make(`${long}x`)).rejects.toMatchObject({ code: 'PASSWORD_REFUSED' })
  await expect(verifiers.make('')).rejects.toMatchObject({ code: 'PASSWORD_REFUSED' })
  expect(
    await verifiers.check('{SHA}' + createHash('sha1').update(`${long}x`).digest('base64'), `${long}x`),
  ).toBe(false)
})

test('too many at once are told so rather than called wrong', async () => {
  const narrow = createVerifiers({
    schemes: ['argon2id'],
    chance: systemChance,
    argon2,
    concurrency: 1,
    waiting: 2,
  })
  const { argon2id = '' } = await narrow.make('secret')
  const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => narrow.check(argon2id, 'secret')))
  expect(outcomes.map(({ status }) => status)).toEqual([
    'fulfilled',
    'fulfilled',
    'fulfilled',
    'rejected',
    'rejected',
  ])
  expect(outcomes[4]).toMatchObject({ reason: { code: 'UNAVAILABLE', transient: true } })
  expect(await narrow.check(argon2id, 'secret')).toBe(true)
})

test('what two keyboards compose differently is one password, and nothing else is folded', () => {
  expect(normalisePassword('e\u0301te\u0301')).toBe('été')
  expect(normalisePassword('x² ﬁ\u00a0Ａ')).toBe('x² ﬁ\u00a0Ａ')
})
