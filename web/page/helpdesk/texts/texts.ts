/** Every word of the helpdesk's page, in one language. Words of the house's lists are looked up by their code. */
export interface DeskTexts extends DeskCodes {
  service: string
  university: string
  skip: string
  languages: string
  menu: { label: string; search: string; lists: string; plans: string; funnel: string; audit: string }
  welcome: { title: string; lead: string; signIn: string }
  signedInAs: (name: string, roles: string) => string
  onlyFaculties: (components: string) => string
  signOut: string
  loading: string
  failures: Record<string, string>
  again: (minutes: number) => string
  roles: Record<string, string>
  search: {
    title: string
    lead: string
    label: string
    hint: string
    submit: string
    none: string
    found: (count: number) => string
    more: string
    columns: { number: string; name: string; birth: string; step: string; state: string }
  }
  card: {
    back: string
    readAloud: string
    nextTitle: string
    next: Record<string, string>
    identity: string
    identityHint: string
    number: string
    birthName: string
    birthDate: string
    steps: string
    account: string
    mail: string
    address: string
    right: string
    limits: string
    notBlocked: string
    blockedUntil: (when: string) => string
    lastReset: string
    noReset: string
    reset: (requested: string, sent: string | null, used: string | null) => string
    lastLetter: string
    noLetter: string
    letters: string
    older: (count: number) => string
    resend: string
    resent: string
    where: string
    promises: string
    promise: (kind: string, target: string | null, due: string, kept: string | null) => string
    timeline: string
    source: (read: string) => string
    readAgain: string
    readAgainResults: Record<string, string>
    unknown: string
  }
  key: {
    title: string
    version: (version: number, when: string) => string
    published: (when: string) => string
    reveal: string
    revealLead: string
    reason: string
    reasonHint: string
    tick: string
    submit: string
    sending: string
    missingReason: string
    missingTick: string
    shown: string
    told: string
    hide: string
    replace: string
    replaceWarning: string
    replaceSubmit: string
    replaced: (mailed: boolean) => string
  }
  address: {
    title: string
    open: string
    lead: string
    submit: string
    done: (mail: string, former: string) => string
    unchanged: (mail: string) => string
  }
  lock: {
    title: string
    lead: string
    submit: string
    unlockTitle: string
    unlockLead: string
    unlockSubmit: string
    done: string
    undone: string
  }
  lists: {
    title: string
    names: Record<string, string>
    none: string
    rows: (count: number) => string
    csv: string
    columns: Record<string, string>
  }
  plans: {
    title: string
    lead: string
    none: string
    kinds: Record<string, string>
    since: (when: string) => string
    members: (count: number) => string
    show: string
    more: string
    approve: string
    approveLead: string
    approved: string
  }
  funnel: {
    title: string
    lead: string
    faculty: string
    enrolled: string
    lettered: string
    activated: string
    ready: string
    none: string
  }
  audit: {
    title: string
    filter: string
    submit: string
    when: string
    who: string
    what: string
    whom: string
    facts: string
    more: string
    none: string
  }
}

/** Words for the codes of the API. */
export interface DeskCodes {
  states: Record<string, string>
  keyStates: Record<string, string>
  addressStates: Record<string, string>
  targetStates: Record<string, string>
  targets: Record<string, string>
  letterKinds: Record<string, string>
  letterStates: Record<string, string>
  reasons: Record<string, string>
  enrolmentStates: Record<string, string>
  /** Why a row was set aside, or a supplied key not taken. */
  faults: Record<string, string>
  acts: Record<string, string>
  actors: Record<string, string>
  /** The names of an act's facts. */
  facts: Record<string, string>
  colon: string
  yes: string
  no: string
}
