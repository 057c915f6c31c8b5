import type { Attributes, Entry } from '../domain/entry.ts'
import { heldFor, maySignIn, type Holder, type Profile } from '../domain/profile.ts'
import { lastGraceDay } from '../domain/year.ts'
import { personOf } from '../registry/records.ts'
import { addressStateOf, type Student } from '../registry/students.ts'
import type { Rules } from './rooms.ts'

/** What a directory must say of a student now; null when it must say nothing. */
export function desiredEntry(
  profile: Profile,
  student: Student,
  rules: Pick<Rules, 'site' | 'years'>,
): Entry | null {
  return profile.entry(holderOf(profile, student, rules), rules.site)
}

function holderOf(
  profile: Profile,
  { person, account, enrolments, verifiers, formerMails, hasMailbox }: Student,
  { years }: Pick<Rules, 'years'>,
): Holder {
  const year = account.right_years.at(-1)
  const held = heldFor(profile, verifiers)
  return {
    person: personOf(person),
    enrolments,
    state: account.state,
    locked: account.locked,
    right: { kind: account.right_kind, years: account.right_years, reason: account.right_reason },
    graceUntil: account.right_kind === 'grace' && year !== undefined ? lastGraceDay(year, years) : null,
    mail: account.mail,
    formerMails,
    personalAddress: addressStateOf(person) === 'usable' ? person.address : null,
    hasMailbox,
    verifiers: held === undefined ? verifiers : { ...verifiers, [profile.scheme]: held },
  }
}

/** What stands in an entry, as far as it can be compared with what must stand there. A password that cannot be read back
 *  counts as the one that was written, while the account is what it was then. */
export function comparable(
  { verifier }: Profile,
  found: Attributes,
  desired: Entry | null,
  { passwordStands }: { passwordStands: boolean },
): Attributes {
  if (verifier === 'readable' || desired === null) return found
  const { userPassword: _, ...rest } = found
  // Else there may be one that we do not see, and that must go.
  const written = passwordStands ? desired.attributes['userPassword'] : ['unknown']
  return written === undefined ? rest : { ...rest, userPassword: written }
}

/** What of a student's entry is ours in a directory. A password that we do not have is not ours to remove: where the
 *  scheme is new, `userPassword` stays as it is until the student chooses one (rules: taking over). */
export function managedOf(profile: Profile, { account, verifiers }: Student): readonly string[] {
  const { managed } = profile
  const unknown = maySignIn(account) && heldFor(profile, verifiers) === undefined
  return unknown ? managed.filter((name) => name !== 'userPassword') : managed
}
