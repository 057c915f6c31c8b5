import type { Target } from '../answers.ts'
import type { Failure, FailureCode, RefusalReason } from '../failure.ts'
import type { AccessibilityTexts } from './accessibility.ts'

/** Every word of the page. Both languages fill this one shape, so that a missing text is a type error. */
export interface Texts {
  university: string
  service: string
  skip: string
  languages: string
  /** Comes before the product's mark, in the footer. */
  madeWith: string
  menu: { activation: string; reset: string; help: string; accessibility: string; label: string }
  steps: {
    label: string
    position: (now: number, of: number) => string
    names: readonly [string, string, string]
  }
  card: { title: string; number: string; key: string; address: string; login: string; activated: string }
  key: KeyTexts
  password: PasswordTexts
  done: DoneTexts
  resetRequest: ResetRequestTexts
  reset: ResetTexts
  progress: ProgressTexts
  links: {
    title: string
    webmail: string
    ent: string
    entNote: string
    entUpmc: string
    entUpmcNote: string
    cas: string
    onward: (host: string) => string
  }
  ask: { title: string; intro: string; none: string }
  help: HelpTexts
  unknown: { title: string; lead: string; home: string }
  accessibility: AccessibilityTexts
  /** Heads the summary of fields to correct. */
  toCorrect: string
  failures: Record<FailureCode, (failure: Failure) => FailureTexts>
  remedies: { signIn: string; reset: string }
}

interface FailureTexts {
  title: string
  /** What happened and what to do, a paragraph each. */
  body: readonly string[]
}

interface KeyTexts {
  title: string
  lead: string
  number: string
  numberHint: string
  numberMissing: string
  numberInvalid: string
  key: string
  keyHint: string
  keyMissing: string
  keyCount: (typed: number, of: number) => string
  /** Asked only where the setting says so. */
  birthDate: string
  birthDateHint: string
  birthDateMissing: string
  birthDateInvalid: string
  /** Beside « number and key do not go together ». */
  birthDateRefused: string
  submit: string
  sending: string
  already: string
  forgotten: string
  whereTitle: string
  where: readonly string[]
}

interface PasswordTexts {
  title: string
  lead: string
  label: string
  rule: string
  reveal: string
  hide: string
  revealed: string
  missing: string
  /** Said on sending; the reasons stand under the field. */
  notYet: string
  /** Comes before the strength in words. */
  meter: string
  judging: string
  unjudged: string
  accepted: string
  scores: readonly [string, string, string, string, string]
  reasons: Record<RefusalReason, string>
  /** Characters typed, out of those a long password has. */
  count: (typed: number) => string
  submitActivation: string
  submitReset: string
  sending: string
  back: string
}

interface DoneTexts {
  title: string
  lead: string
  noAddressTitle: string
  noAddress: readonly string[]
  /** Where letters about the account go from now on. */
  letters: (address: string) => string
}

interface ResetRequestTexts {
  title: string
  lead: string
  email: string
  emailHint: string
  missing: string
  invalid: string
  submit: string
  sending: string
  sentTitle: string
  sent: (address: string) => string
  nothingTitle: string
  nothing: readonly string[]
  again: string
  first: string
}

interface ResetTexts {
  title: string
  lead: string
  checking: string
  checkAgain: string
  noTokenTitle: string
  noToken: readonly string[]
  doneTitle: string
  done: string
  /** Comes before the login. */
  loginIs: string
}

interface ProgressTexts {
  title: string
  pageTitle: string
  pageLead: string
  loading: string
  canSignIn: string
  cannotYet: string
  allDone: string
  targets: Record<Target, string>
  targetNotes: Record<Target, string>
  done: string
  pending: string
  delayed: string
  doneAt: (when: string) => string
  dueBy: (when: string) => string
  lateSince: (when: string) => string
  delayedNote: string
  keep: string
  stale: string
}

interface HelpTexts {
  title: string
  lead: string
  contactsTitle: string
  contactsLead: string
  topics: readonly { question: string; answer: readonly string[] }[]
}
