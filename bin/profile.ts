/** What a site needs to write the profile of its own directory (docs/profiles.md): `import … from 'matricule/profile'`. */
export { attributesOf, type Attributes, type Entry } from '../domain/entry.ts'
export { namesOf, withoutAccents, type Names } from '../domain/name.ts'
export type { Enrolment, Person } from '../domain/person.ts'
export {
  hasEntry,
  maySignIn,
  numberFromUid,
  type Holder,
  type Profile,
  type Site,
} from '../domain/profile.ts'
export { former } from '../domain/profiles/former.ts'
export { primary } from '../domain/profiles/primary.ts'
