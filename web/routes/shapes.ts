import { z } from 'zod'
import { pageAnswers, problemMediaType, type PageCode } from '../problem.ts'

/** The shapes of the API. Bodies are strict: another key, another type, null or nothing is REQUEST_INVALID. */

const studentNumber = z
  .string()
  .regex(/^\d{7,8}$/)
  .meta({ description: 'Student number: text of 7 or 8 digits' })
const key = text(64)
  .refine((value) => value.isWellFormed())
  .meta({ description: 'Activation key, in any case, with or without spaces and dashes' })
const birthDate = z.iso.date().meta({ description: 'Birth date, YYYY-MM-DD' })
// A lone surrogate is let in: the judgement says NOT_TEXT.
const password = text(4096).meta({ description: 'Password, exactly as it will be typed' })
const token = z.string().meta({ description: 'What follows `token=` in the link: 30 letters and digits' })
const context = z.string().meta({ description: 'Opaque, 15 minutes, for the strength judgement only' })
const progressId = z.string().meta({ description: 'Identifier of the progress page' })
const login = z.string().meta({ description: 'What to sign in with' })

/** 1 to `max` UTF-16 units. */
function text(max: number) {
  return z.string().min(1).max(max)
}

const ada = { studentNumber: '21100001', key: 'ABCD-2345-WXYZ' }
const born = { birthDate: '2007-12-10' }
const sentence = 'le tilleul penche vers la rivière'
const specimenToken = '4fJ0cQ7ZkVb2Xh9LrT1mWnE8sDyA6u'
const specimenProgress = 'h2Jk9sPqW4'

/** With the birth date where it is asked too (setting `activation.ask_birth_date`); elsewhere it is a key too many. */
export function verifyKeyBody(asksBirthDate: boolean) {
  return asksBirthDate
    ? z.strictObject({ studentNumber, key, birthDate }).meta({ examples: [{ ...ada, ...born }] })
    : z.strictObject({ studentNumber, key }).meta({ examples: [ada] })
}
export function activateBody(asksBirthDate: boolean) {
  return asksBirthDate
    ? z
        .strictObject({ studentNumber, key, birthDate, password })
        .meta({ examples: [{ ...ada, ...born, password: sentence }] })
    : z.strictObject({ studentNumber, key, password }).meta({ examples: [{ ...ada, password: sentence }] })
}
export const resetRequestBody = z
  .strictObject({ email: text(254).meta({ description: 'One personal address' }) })
  .meta({ examples: [{ email: 'ada@example.org' }] })
export const verifyTokenBody = z.strictObject({ token }).meta({ examples: [{ token: specimenToken }] })
export const resetBody = z
  .strictObject({ token, password })
  .meta({ examples: [{ token: specimenToken, password: sentence }] })
export const judgeBody = z
  .strictObject({ password, context: context.max(2048).optional() })
  .meta({ examples: [{ password: 'motdepasse' }] })

/** Other headers pass; the key is 1 to 128 visible ASCII characters. */
export const idempotencyHeaders = z.looseObject({
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]{1,128}$/)
    .optional()
    .meta({ description: 'The same key with the same body answers the same 201 for 10 minutes' }),
})
export const progressParams = z.strictObject({ id: progressId })

export const contextAnswer = z.strictObject({ context }).meta({ examples: [{ context: 'cGVuY2hl' }] })
export const activatedAnswer = z
  .strictObject({
    login,
    mail: z.string(),
    progress: progressId,
    personal_address: z.string().nullable().meta({ description: 'Where links will go; null if nowhere' }),
  })
  .meta({
    examples: [
      {
        login: '21100001',
        mail: 'ada.lovelace@etu.sorbonne-universite.fr',
        progress: specimenProgress,
        personal_address: 'ada@example.org',
      },
    ],
  })
export const acceptedAnswer = z.strictObject({}).meta({ examples: [{}] })
export const resetAnswer = z
  .strictObject({ login, progress: progressId })
  .meta({ examples: [{ login: '21100001', progress: specimenProgress }] })

export const reason = z.enum(['TOO_SHORT', 'TOO_LONG', 'COMMON', 'GUESSABLE', 'OWN_DATA', 'NOT_TEXT'])
export const judgementAnswer = z
  .strictObject({
    score: z.int().min(0).max(4),
    acceptable: z.boolean(),
    reasons: z.array(reason).meta({ description: 'Empty when acceptable' }),
  })
  .meta({ examples: [{ score: 0, acceptable: false, reasons: ['TOO_SHORT', 'COMMON'] }] })

const instant = z.iso.datetime()
export const progressAnswer = z
  .strictObject({
    login,
    mail: z.string().nullable(),
    can_sign_in: z.boolean(),
    steps: z.array(
      z.strictObject({
        target: z.string().meta({ description: 'primary, paris-sorbonne, upmc or mailbox' }),
        state: z.enum(['done', 'pending', 'delayed']),
        started: instant,
        due: instant,
        at: instant.nullable(),
      }),
    ),
  })
  .meta({
    examples: [
      {
        login: '21100001',
        mail: 'ada.lovelace@etu.sorbonne-universite.fr',
        can_sign_in: true,
        steps: [
          {
            target: 'primary',
            state: 'done',
            started: '2026-09-14T09:30:00.000Z',
            due: '2026-09-16T09:30:00.000Z',
            at: '2026-09-14T09:30:02.000Z',
          },
        ],
      },
    ],
  })

const link = z.string().nullable()
export const linksAnswer = z
  .strictObject({
    webmail: link,
    ent: link,
    ent_upmc: link,
    cas: link,
    services: z
      .array(z.string())
      .meta({ description: 'What `?service=` of the page may name, and what lies below' }),
    contacts: z.array(z.strictObject({ name_fr: z.string(), name_en: z.string(), contact: z.string() })),
  })
  .meta({
    examples: [
      {
        webmail: 'https://webmail.example.fr',
        ent: 'https://ent.example.fr',
        ent_upmc: null,
        cas: 'https://cas.example.fr',
        services: ['https://moodle.example.fr/'],
        contacts: [{ name_fr: 'Lettres', name_en: 'Arts', contact: 'lettres@example.fr' }],
      },
    ],
  })

const publicCodes = Object.keys(pageAnswers) as [PageCode, ...PageCode[]]
const problemAnswer = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.enum(publicCodes),
    detail: z.string().optional(),
    reasons: z.array(reason).optional(),
    retry_after: z.int().min(1).optional().meta({ description: 'Seconds, as in Retry-After' }),
  })
  .meta({ id: 'Problem', description: 'RFC 9457' })

type Failure = 400 | 403 | 404 | 409 | 413 | 415 | 422 | 429 | 500 | 503
interface FailureAnswer {
  description: string
  content: Record<typeof problemMediaType, { schema: typeof problemAnswer }>
}

/** The failures of one call, described by their codes. */
export function failures<S extends Failure>(...statuses: S[]): Record<S | 500 | 503, FailureAnswer> {
  const all = [...statuses, 500, 503] as const
  return Object.fromEntries(all.map((status) => [status, failure(status)])) as Record<
    S | 500 | 503,
    FailureAnswer
  >
}

function failure(status: Failure): FailureAnswer {
  const codes = publicCodes.filter((code) => (pageAnswers[code].status as number) === status)
  const also = status === 403 ? ['REQUEST_INVALID (sent from another site)'] : []
  return {
    description: [...codes, ...also].join(', '),
    content: { [problemMediaType]: { schema: problemAnswer } },
  }
}
