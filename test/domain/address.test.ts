import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  addressState,
  canonicalAddress,
  effectiveAddress,
  isMailbox,
  isWithin,
  maskedAddress,
} from '../../domain/address.ts'

const own = ['sorbonne-universite.fr', 'upmc.fr']
const strange = fc.constantFrom(
  'ı',
  'ſ',
  'K',
  'ß',
  'İ',
  'ａ',
  'Ａ',
  '＠',
  'é',
  'É',
  '.',
  '+',
  'a',
  'A',
  'k',
  'K',
  's',
  'i',
)
const text = fc.string({
  unit: fc.oneof(strange, fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 })),
  maxLength: 12,
})

/** Equal but for the case of A–Z: said character by character, apart from how the fold is written. */
const sameInAscii = (one: string, other: string): boolean =>
  one.length === other.length &&
  Array.from({ length: one.length }, (_, place) => place).every((place) => {
    const [a, b] = [one.charCodeAt(place), other.charCodeAt(place)]
    return a === b || ((a ^ b) === 0x20 && /[A-Za-z]/.test(one.charAt(place)))
  })

describe('the effective address', () => {
  it('is the one given for the year when it is filled, else that of the record', () => {
    expect(effectiveAddress({ annualAddress: 'new@example.org', fixedAddress: 'old@example.org' })).toBe(
      'new@example.org',
    )
    expect(effectiveAddress({ annualAddress: null, fixedAddress: 'old@example.org' })).toBe('old@example.org')
    expect(effectiveAddress({ annualAddress: ' \t', fixedAddress: 'old@example.org' })).toBe(
      'old@example.org',
    )
  })

  it('is trimmed, and missing when blank', () => {
    expect(effectiveAddress({ annualAddress: null, fixedAddress: ' \u00a0ada@example.org\n' })).toBe(
      'ada@example.org',
    )
    expect(effectiveAddress({ annualAddress: '', fixedAddress: '  ' })).toBeNull()
    expect(effectiveAddress({ annualAddress: null, fixedAddress: null })).toBeNull()
  })

  it('of the year wins even when it is no address: nobody guesses which one was meant', () => {
    expect(effectiveAddress({ annualAddress: 'néant', fixedAddress: 'old@example.org' })).toBe('néant')
  })
})

describe('the canonical address', () => {
  it('folds case and nothing else', () => {
    expect(canonicalAddress('Ada.Lovelace+cours@Example.ORG')).toBe('ada.lovelace+cours@example.org')
  })

  it('is canonical already', () => {
    fc.assert(
      fc.property(text, (address) => {
        expect(canonicalAddress(canonicalAddress(address))).toBe(canonicalAddress(address))
      }),
    )
  })

  it('joins two addresses if and only if they differ in the case of A–Z alone', () => {
    const pair = text.chain((one) =>
      fc.tuple(
        fc.constant(one),
        fc.oneof(
          text,
          fc.constant(one.toUpperCase()),
          fc.constant(one.toLowerCase()),
          fc.constant(one.normalize('NFKC')),
          fc
            .tuple(fc.nat(12), strange)
            .map(([place, odd]) => one.slice(0, place) + odd + one.slice(place + 1)),
        ),
      ),
    )
    fc.assert(
      fc.property(pair, ([one, other]) => {
        expect(canonicalAddress(one) === canonicalAddress(other)).toBe(sameInAscii(one, other))
      }),
      { numRuns: 1000 },
    )
  })

  it.each([
    ['ı', 'i'],
    ['ſ', 's'],
    ['\u212a', 'k'],
    ['ß', 'ss'],
    ['İ', 'i'],
    ['ａ', 'a'],
    ['É', 'é'],
    ['.', ''],
    ['+x', ''],
  ])('%s is not taken for %j', (odd, plain) => {
    expect(canonicalAddress(`m${odd}@example.org`)).not.toBe(canonicalAddress(`m${plain}@example.org`))
    expect(canonicalAddress(`M${odd}@EXAMPLE.ORG`)).not.toBe(canonicalAddress(`m${plain}@example.org`))
  })
})

describe('a mailbox', () => {
  it.each([
    'ada@example.org',
    "o'brien+cours@mail.example.org",
    'a@b-c.fr',
    'x_y-z@1.example.org',
    'A@EXAMPLE.ORG',
  ])('%s is one', (address) => {
    expect(isMailbox(address)).toBe(true)
  })

  it.each([
    '', 'ada', '@example.org', 'ada@', 'ada@localhost', 'ada@@example.org', 'ada@example..org', '.ada@example.org',
    'ada.@example.org', 'a..b@example.org', 'ada@-example.org', 'ada@example-.org', 'ada@example.org.', 'ada@127.0.0.1',
    'ada@[127.0.0.1]', '"ada"@example.org', 'ada@example.org,eve@example.org', 'ada@example.org eve@example.org',
    'ada@example.org\r\nBcc: eve@example.org', '<ada@example.org>', 'Ada <ada@example.org>', 'ada@exam_ple.org',
    'adaı@example.org', 'ſada@example.org', '\u212a@example.org', 'straße@example.org', 'İ@example.org', 'ａda@example.org',
    'ada＠example.org', 'ada@examp\u212ae.org', 'ada@example.org\n',
  ])('%j is none', (address) => {
    expect(isMailbox(address)).toBe(false)
  }) // prettier-ignore

  it('has 64 characters before the @ at most, 63 in a label, 254 in all', () => {
    expect(isMailbox(`${'a'.repeat(64)}@example.org`)).toBe(true)
    expect(isMailbox(`${'a'.repeat(65)}@example.org`)).toBe(false)
    expect(isMailbox(`a@${'b'.repeat(63)}.org`)).toBe(true)
    expect(isMailbox(`a@${'b'.repeat(64)}.org`)).toBe(false)
    const long = `a@${`${'b'.repeat(49)}.`.repeat(5)}fr`
    expect(long.length).toBe(254)
    expect(isMailbox(long)).toBe(true)
    expect(isMailbox(`a${long}`)).toBe(false)
  })

  it('is always plain ASCII without blanks, quotes or separators, with one @', () => {
    const near = fc.string({
      unit: fc.oneof(strange, fc.constantFrom('@', '.', 'a', '-', ',', ';', '<', '"', ' ', '\n')),
      maxLength: 14,
    })
    fc.assert(
      fc.property(near, near, (local, domain) => {
        const address = `${local}@${domain}.fr`
        if (isMailbox(address)) expect(address).toMatch(/^[!#-'*+\-./-9=?A-Z^-~]+@[A-Za-z0-9.-]+$/)
      }),
      { numRuns: 500 },
    )
  })
})

describe('the state of an address', () => {
  it('is told by the address alone', () => {
    expect(addressState(null, own)).toBe('missing')
    expect(addressState('néant', own)).toBe('invalid')
    expect(addressState('ada@example.org', own)).toBe('usable')
    expect(addressState('ada@sorbonne-universite.fr', own)).toBe('institutional')
  })

  it('institutional means our domains and whatever is below them, in any case', () => {
    expect(addressState('ada@ETU.Sorbonne-Universite.FR', own)).toBe('institutional')
    expect(isWithin('ada@etu.upmc.fr', ['UPMC.fr'])).toBe(true)
    expect(addressState('ada@notupmc.fr', own)).toBe('usable')
    expect(addressState('ada@upmc.fr.example.org', own)).toBe('usable')
    expect(addressState('upmc.fr@example.org', own)).toBe('usable')
  })

  it('look-alike letters make an address invalid, never ours', () => {
    expect(addressState('ada@ſorbonne-universite.fr', own)).toBe('invalid')
  })
})

describe('a masked address', () => {
  it('shows one letter and the domain', () => {
    expect(maskedAddress('ada@example.org')).toBe('a•••@example.org')
  })

  it('shows nothing of a text without a local part', () => {
    expect(maskedAddress('ada.example.org')).toBe('•••')
    expect(maskedAddress('@example.org')).toBe('•••')
    expect(maskedAddress('')).toBe('•••')
  })

  it('is as long for every local part', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z.]{1,20}$/), (local) => {
        expect(maskedAddress(`${local}@example.org`)).toBe(`${local.charAt(0)}•••@example.org`)
      }),
    )
  })
})
