import type { Holder } from './profile.ts'

/** Somebody of no feed, by whom a directory is tried: an account that may sign in and has nothing else, neither right nor
 *  address, so that it counts as a student nowhere. It is said to have a mailbox: Zimbra makes one for whoever has an
 *  account and none (docs/zimbra.md), and this one needs none. */
export function nobody(login: string, name: string, verifiers: Holder['verifiers']): Holder {
  return {
    person: {
      number: login,
      ine: null,
      birthName: name,
      usageName: null,
      firstName: 'MATRICULE',
      secondName: null,
      chosenFirstName: null,
      birthDate: null,
      sex: null,
      civility: null,
      firstYear: null,
      fixedAddress: null,
      annualAddress: null,
      mobile: null,
    },
    enrolments: [],
    state: 'active',
    locked: false,
    right: { kind: 'none', years: [], reason: 'NEVER_ENROLLED' },
    graceUntil: null,
    mail: null,
    formerMails: [],
    personalAddress: null,
    verifiers,
    hasMailbox: true,
  }
}
