import type { Attribute } from '../ldap-protocol/message.ts'
import { matchingRules } from '../ldap-protocol/matching-rules.ts'
import { extension, feature } from '../ldap-protocol/oids.ts'
import type { Schema } from '../ldap-protocol/schema.ts'
import { syntaxes } from '../ldap-protocol/syntaxes.ts'
import type { DirectoryOptions } from './options.ts'
import { subschemaName } from './context.ts'
import { supportedExtensions } from './extended.ts'
import { supportedControls } from './request-controls.ts'

const many = (type: string, values: Iterable<string>): Attribute => ({
  type,
  values: [...values].map((value) => Buffer.from(value)),
})

/** What the server says of itself (RFC 4512 §5.1). */
export function makeRootDse({ suffix, version, tls, passwords }: DirectoryOptions): Attribute[] {
  const external = tls !== undefined && tls.clientAuthorities !== null
  return [
    many('objectClass', ['top']),
    many('structuralObjectClass', ['top']),
    many('namingContexts', [suffix]),
    many('supportedControl', supportedControls),
    many('supportedExtension', [
      ...supportedExtensions,
      ...(tls ? [extension.startTls] : []),
      ...(passwords ? [extension.passwordModify] : []),
    ]),
    many('supportedFeatures', Object.values(feature)),
    many('supportedLDAPVersion', ['3']),
    ...(external ? [many('supportedSASLMechanisms', ['EXTERNAL'])] : []),
    many('vendorName', ['Matricule']),
    many('vendorVersion', [version ?? '0']),
    many('entryDN', ['']),
    many('subschemaSubentry', [subschemaName]),
  ]
}

/** The schema as an entry (RFC 4512 §4.2). */
export function makeSubschema(schema: Schema): Attribute[] {
  return [
    many('objectClass', ['top', 'subentry', 'subschema', 'extensibleObject']),
    many('structuralObjectClass', ['subentry']),
    many('cn', ['Subschema']),
    many(
      'ldapSyntaxes',
      [...syntaxes.values()].map(({ oid, name }) => `( ${oid} DESC '${name}' )`),
    ),
    many(
      'matchingRules',
      matchingRules.map(({ oid, name, syntax }) => `( ${oid} NAME '${name}' SYNTAX ${syntax} )`),
    ),
    many(
      'attributeTypes',
      schema.attributeTypes.map(({ text }) => text),
    ),
    many(
      'objectClasses',
      schema.objectClasses.map(({ text }) => text),
    ),
    many('entryDN', [subschemaName]),
    many('subschemaSubentry', [subschemaName]),
  ]
}
