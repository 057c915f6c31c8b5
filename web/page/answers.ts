import { readReasons, type RefusalReason } from './failure.ts'

/** What the server answers when all is well. Each reader gives null for a body of another shape: the page
 *  then says that something unforeseen happened, rather than show half an answer. */
export interface Verified {
  /** Lets the strength of a password be judged against the student's own data, for 15 minutes. */
  context: string
}

export interface Activated {
  login: string
  mail: string
  progress: string
  personalAddress: string | null
}

export interface ResetDone {
  login: string
  progress: string
}

/** `score` from 0 (worst) to 4. */
export interface Judgement {
  score: number
  acceptable: boolean
  reasons: RefusalReason[]
}

const targets = ['primary', 'paris-sorbonne', 'upmc', 'mailbox'] as const

export type Target = (typeof targets)[number]

export interface Step {
  target: Target
  state: 'done' | 'pending' | 'delayed'
  due: Date
  /** When it was done; null until then. */
  at: Date | null
}

export interface Progress {
  login: string
  mail: string | null
  canSignIn: boolean
  steps: Step[]
}

interface Contact {
  nameFr: string
  nameEn: string
  contact: string
}

export interface Links {
  webmail: string | null
  ent: string | null
  entUpmc: string | null
  cas: string | null
  services: string[]
  contacts: Contact[]
}

export function readVerified(body: unknown): Verified | null {
  const { context } = fieldsOf(body)
  return typeof context === 'string' ? { context } : null
}

export function readActivated(body: unknown): Activated | null {
  const { login, mail, progress, personal_address } = fieldsOf(body)
  if (typeof login !== 'string' || typeof mail !== 'string' || typeof progress !== 'string') return null
  return { login, mail, progress, personalAddress: textOrNull(personal_address) }
}

export function readResetDone(body: unknown): ResetDone | null {
  const { login, progress } = fieldsOf(body)
  return typeof login === 'string' && typeof progress === 'string' ? { login, progress } : null
}

export function readJudgement(body: unknown): Judgement | null {
  const { score, acceptable, reasons } = fieldsOf(body)
  if (typeof score !== 'number' || typeof acceptable !== 'boolean') return null
  return { score: Math.min(4, Math.max(0, Math.round(score))), acceptable, reasons: readReasons(reasons) }
}

/** Steps of a target that this page does not know are left out. */
export function readProgress(body: unknown): Progress | null {
  const { login, mail, can_sign_in, steps } = fieldsOf(body)
  if (typeof login !== 'string' || typeof can_sign_in !== 'boolean' || !Array.isArray(steps)) return null
  return {
    login,
    mail: textOrNull(mail),
    canSignIn: can_sign_in,
    steps: steps.map(readStep).filter((step) => step !== null),
  }
}

export function readLinks(body: unknown): Links | null {
  const { webmail, ent, ent_upmc, cas, services, contacts } = fieldsOf(body)
  if (!Array.isArray(contacts)) return null
  return {
    webmail: textOrNull(webmail),
    ent: textOrNull(ent),
    entUpmc: textOrNull(ent_upmc),
    cas: textOrNull(cas),
    services: Array.isArray(services) ? services.filter((each) => typeof each === 'string') : [],
    contacts: contacts.map(readContact).filter((contact) => contact !== null),
  }
}

/** Nothing is expected in the body. */
export function readNothing(): Record<string, never> {
  return {}
}

function readStep(value: unknown): Step | null {
  const fields = fieldsOf(value)
  const target = targets.find((one) => one === fields['target'])
  const state = (['done', 'pending', 'delayed'] as const).find((one) => one === fields['state'])
  const due = instantOf(fields['due'])
  if (target === undefined || state === undefined || due === null) return null
  return { target, state, due, at: instantOf(fields['at']) }
}

function readContact(value: unknown): Contact | null {
  const { name_fr, name_en, contact } = fieldsOf(value)
  if (typeof name_fr !== 'string' || typeof name_en !== 'string' || typeof contact !== 'string') return null
  return { nameFr: name_fr, nameEn: name_en, contact }
}

function fieldsOf(body: unknown): Partial<Record<string, unknown>> {
  return typeof body === 'object' && body !== null ? body : {}
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

function instantOf(value: unknown): Date | null {
  if (typeof value !== 'string') return null
  const instant = new Date(value)
  return Number.isNaN(instant.getTime()) ? null : instant
}
