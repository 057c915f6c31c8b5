import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import fc from 'fast-check'
import { decodeProtectedHeader } from 'jose'
import { expect, test } from 'vitest'
import { seededChance, systemChance } from '../../platform/chance.ts'
import { systemClock } from '../../platform/clock.ts'
import { openKeyRing, type KeyRing } from '../../platform/seal.ts'
import { freshFolder } from './folder.ts'

const open = (file: string): Promise<KeyRing> =>
  openKeyRing({ file, clock: systemClock, chance: systemChance })
const broken = expect.objectContaining({ code: 'SEAL_BROKEN', transient: false }) as Error

test('what is sealed for a purpose opens for that purpose alone', async () => {
  using folder = freshFolder()
  const ring = await open(folder.at('keys.json'))
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: 'grapheme' }),
      fc.string(),
      fc.string(),
      async (text, purpose, other) => {
        const sealed = await ring.seal(purpose, text)
        expect(await ring.unseal(purpose, sealed)).toBe(text)
        if (other !== purpose) await expect(ring.unseal(other, sealed)).rejects.toThrow(broken)
      },
    ),
    { numRuns: 50 },
  )
})

test('a sealed text says its key and purpose, differs each time, and holds nothing in clear', async () => {
  using folder = freshFolder()
  const ring = await open(folder.at('keys.json'))
  const [one, two] = [await ring.seal('key', 'ABCDEFGHJKMN'), await ring.seal('key', 'ABCDEFGHJKMN')]
  expect(decodeProtectedHeader(one)).toEqual({
    alg: 'dir',
    enc: 'A256GCM',
    kid: ring.current,
    purpose: 'key',
  })
  expect(one).not.toBe(two)
  expect(Buffer.from(one, 'base64url').toString('latin1')).not.toContain('ABCDEFGHJKMN')
})

test('whatever is altered, cut or made up is refused as broken', async () => {
  using folder = freshFolder()
  const ring = await open(folder.at('keys.json'))
  const sealed = await ring.seal('key', 'secret')
  const positions = Array.from(sealed, (_, index) => index)
  for (const index of positions) {
    const letter = sealed.charAt(index)
    // The last letter of a base64url part may carry bits that say nothing.
    if (sealed.charAt(index + 1) === '.' || index === sealed.length - 1) continue
    const altered = sealed.slice(0, index) + (letter === 'A' ? 'B' : 'A') + sealed.slice(index + 1)
    await expect(ring.unseal('key', altered)).rejects.toThrow(broken)
  }
  for (const garbage of ['', '.', '....', 'e30....', 'secret', sealed.slice(0, -5)]) {
    await expect(ring.unseal('key', garbage)).rejects.toThrow(broken)
  }
})

test('a MAC holds for its purpose and text, and garbage never matches', async () => {
  using folder = freshFolder()
  const ring = await open(folder.at('keys.json'))
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string(), (purpose, text, other) => {
      const mac = ring.mac(purpose, text)
      expect(mac).toMatch(/^[A-Za-z0-9_-]{11}\.[A-Za-z0-9_-]{43}$/)
      expect(ring.macMatches(purpose, text, mac)).toBe(true)
      expect(ring.macMatches(purpose, other, mac)).toBe(other === text)
      expect(ring.macMatches(other, text, mac)).toBe(other === purpose)
      expect(ring.macMatches(purpose, text, other)).toBe(false)
    }),
  )
})

test('after a rotation old seals open, old MACs match, and new ones bear the new key', async () => {
  using folder = freshFolder()
  const ring = await open(folder.at('keys.json'))
  const [sealed, mac, first] = [await ring.seal('key', 'text'), ring.mac('key', 'text'), ring.current]
  await ring.rotate()
  expect(ring.current).not.toBe(first)
  expect(ring.kids()).toEqual([ring.current, first])
  expect(await ring.unseal('key', sealed)).toBe('text')
  expect(ring.macMatches('key', 'text', mac)).toBe(true)
  expect(ring.macLike('key', 'text', mac)).toBe(mac)
  expect(ring.macUnder('key', 'text', first)).toBe(mac)
  expect(ring.mac('key', 'text')).not.toBe(mac)
  expect(ring.macLike('key', 'text', 'unknown.x')).toBeNull()
  const reopened = await open(folder.at('keys.json'))
  expect(reopened.kids()).toEqual(ring.kids())
})

test('a key that another process added opens by itself', async () => {
  using folder = freshFolder()
  const ring = await open(folder.at('keys.json'))
  const other = await open(folder.at('keys.json'))
  await other.rotate()
  expect(await ring.unseal('key', await other.seal('key', 'text'))).toBe('text')
  expect(ring.current).toBe(other.current)
})

test('several processes that open a ring at once share the one that was made', async () => {
  using folder = freshFolder()
  const rings = await Promise.all([1, 2, 3, 4].map(() => open(folder.at('keys.json'))))
  expect(new Set(rings.map((ring) => ring.current)).size).toBe(1)
  expect(statSync(folder.at('keys.json')).mode & 0o777).toBe(0o600)
})

test('a ring that others may read is refused', async () => {
  using folder = freshFolder()
  await open(folder.at('keys.json'))
  chmodSync(folder.at('keys.json'), 0o604)
  await expect(open(folder.at('keys.json'))).rejects.toThrow('is open to others')
})

test('a file that is no ring is refused without a word of its content', async () => {
  using folder = freshFolder()
  const file = folder.at('keys.json')
  await open(file)
  const ring = JSON.parse(readFileSync(file, 'utf8')) as { keys: { key: string }[] }
  const key = ring.keys[0]?.key ?? ''
  for (const text of [`{"keys":[{"key":"${key}"`, `{"keys":["${key}"]}`, '{"keys":[]}', '']) {
    writeFileSync(file, text)
    const refusal = await open(file).catch((error: unknown) => error as Error & { code: string })
    expect(refusal).toMatchObject({ code: 'SETTINGS_INVALID' })
    expect(
      JSON.stringify(refusal) + String((refusal as Error).cause) + (refusal as Error).message,
    ).not.toContain(key)
  }
})

test('keys come from chance and from nowhere else', async () => {
  using folder = freshFolder()
  const same = { clock: systemClock, chance: seededChance('seed') }
  const one = await openKeyRing({ file: folder.at('one.json'), ...same, chance: seededChance('seed') })
  const two = await openKeyRing({ file: folder.at('two.json'), ...same, chance: seededChance('seed') })
  expect(one.mac('a', 'b')).toBe(two.mac('a', 'b'))
})
