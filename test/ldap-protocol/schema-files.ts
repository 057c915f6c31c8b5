import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Schema } from '../../ldap-protocol/schema.ts'

const read = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../../schemas/ldap/${name}.schema`, import.meta.url)), 'utf8')

/** The schema of the house. */
export const schema = new Schema(['core', 'eduperson', 'schac', 'supann'].map(read))
