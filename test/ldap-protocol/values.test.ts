import { describe, expect, it } from 'vitest'
import { formatTime, parseTime } from '../../ldap-protocol/generalized-time.ts'
import { SchemaError } from '../../ldap-protocol/schema-text.ts'
import { Schema } from '../../ldap-protocol/schema.ts'
import { schema } from './schema-files.ts'

const valid = (name: string, value: string | Buffer): boolean => {
  const type = schema.type(name)
  if (!type) throw new Error(name)
  return schema.valid(type, Buffer.from(value))
}

describe('syntaxes', () => {
  it.each([
    ['cn', 'Ada', true],
    ['cn', '', false],
    ['cn', Buffer.from([0xff]), false],
    ['mail', 'ada@example.org', true],
    ['mail', 'adé@example.org', false],
    ['supannListeRouge', 'TRUE', true],
    ['supannListeRouge', 'true', false],
    ['uidNumber', '-7', true],
    ['uidNumber', '07', false],
    ['uidNumber', '', false],
    ['supannEtuAnneeInscription', '2026', true],
    ['supannEtuAnneeInscription', '20a6', false],
    ['supannCivilite', 'Mme', true],
    ['supannCivilite', 'Mme*', false],
    ['supannEtuDateFin', '20261231235959Z', true],
    ['supannEtuDateFin', '20260231235959Z', false],
    ['seeAlso', 'cn=Ada,dc=fr', true],
    ['seeAlso', 'nosuch=Ada', false],
    ['objectClass', 'person', true],
    ['objectClass', 'nosuch', false],
    ['jpegPhoto', Buffer.from([0xff, 0xd8]), true],
    ['entryUUID', '5d5c1f0c-0000-4000-8000-000000000000', true],
    ['entryUUID', '5d5c1f0c', false],
    ['c', 'FR', true],
    ['c', 'FRA', false],
  ])('%s takes %j: %s', (name, value, expected) => {
    expect(valid(name, value)).toBe(expected)
  })
})

describe('generalized time', () => {
  it.each([
    ['20260901120000Z', '20260901120000'],
    ['202609011200Z', '20260901120000'],
    ['2026090112Z', '20260901120000'],
    ['20260901120000.500Z', '20260901120000.5'],
    ['20260901120000,000Z', '20260901120000'],
    ['2026090112.5Z', '20260901123000'],
    ['20260901140000+0200', '20260901120000'],
    ['20260901063000-0530', '20260901120000'],
    ['20261301120000Z', null],
    ['20260901240000Z', null],
    ['20260901120000', null],
    ['20260230120000Z', null],
    ['20240229120000Z', '20240229120000'],
  ])('%s is %s', (written, normal) => {
    expect(parseTime(written)).toBe(normal)
  })

  it('is written without fraction', () => {
    expect(formatTime(new Date('2026-09-01T12:00:00.999Z'))).toBe('20260901120000Z')
  })
})

describe('the schema', () => {
  it('hands down rules and syntaxes', () => {
    expect(schema.type('supannAutreMail')).toMatchObject({
      equality: { name: 'caseIgnoreIA5Match' },
      substrings: { name: 'caseIgnoreIA5SubstringsMatch' },
    })
    expect(schema.subtypes(schema.type('name') ?? fail()).map(({ name }) => name)).toContain('givenName')
  })

  it('knows attribute options of two kinds only', () => {
    expect(schema.description('CN;lang-FR;LANG-en')?.text).toBe('cn;lang-en;lang-fr')
    expect(schema.description('cn;x-b')).toBeNull()
    expect(schema.description('cn;binary')).toBeNull()
    expect(schema.description('userCertificate;binary')).not.toBeNull()
    expect(schema.description('cn;foo')).toBeNull()
    expect(schema.description('nosuch')).toBeNull()
  })

  it('holds everything that SupAnn 2021 defines', () => {
    expect(schema.attributeTypes.filter(({ oid }) => oid.startsWith('1.3.6.1.4.1.7135.1.2.1.'))).toHaveLength(
      66,
    )
    expect(schema.objectClasses.filter(({ oid }) => oid.startsWith('1.3.6.1.4.1.7135.1.2.2.'))).toHaveLength(
      8,
    )
  })

  it.each([
    ["attributetype ( 1.2.3 NAME 'a' SYNTAX 9.9.9 )", 'syntax'],
    ["attributetype ( 1.2.3 NAME 'a' SUP b )", 'superior'],
    ["attributetype ( 1.2.3 NAME 'a' EQUALITY b SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )", 'rule'],
    ["objectclass ( 1.2.3 NAME 'a' MUST b )", 'attribute'],
    ["objectclass ( 1.2.3 NAME 'a' SUP b )", 'superior'],
    ["objectclass ( 1.2.3 NAME ( 'a' ", 'parentheses'],
    ["objectclass ( 1.2.3 NAME ( 'a' )", 'list'],
    ['something ( 1.2.3 )', 'definition'],
    ["objectclass ( 1.2.3 NAME 'a' )\nobjectclass ( 1.2.3 NAME 'b' )", 'twice'],
  ])('says what is wrong in %j', (text, word) => {
    expect(() => new Schema([text])).toThrow(SchemaError)
    expect(() => new Schema([text])).toThrow(word)
  })

  it('reads what it publishes', () => {
    const again = new Schema([
      schema.attributeTypes.map(({ text }) => `attributetype ${text}`).join('\n'),
      schema.objectClasses.map(({ text }) => `objectclass ${text}`).join('\n'),
    ])
    expect(again.attributeTypes.map(({ text }) => text)).toEqual(
      schema.attributeTypes.map(({ text }) => text),
    )
    expect(again.objectClasses.map(({ text }) => text)).toEqual(schema.objectClasses.map(({ text }) => text))
  })
})

function fail(): never {
  throw new Error('unknown')
}
