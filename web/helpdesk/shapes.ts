import { z } from 'zod'
import { pageAnswers, problemMediaType, staffAnswers } from '../problem.ts'

/** The shapes of the helpdesk's API. Bodies are strict, as those of the page. */

export const numberParams = z.strictObject({
  number: z
    .string()
    .regex(/^\d{7,8}$/)
    .meta({ description: 'Student number' }),
})
export const instant = z.iso.datetime()

/** What somebody has typed on one line. Refused are control signs and halves of signs, which the registry cannot hold,
 *  and those that turn the reading of what stands after them. */
export const typedText = z.string().refine((text) => !/[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u.test(text))

export const reasonText = typedText
  .trim()
  .min(3)
  .max(500)
  .meta({ description: 'Why, in a few words; stands in the trail' })

const answers = { ...pageAnswers, ...staffAnswers }
const codes = Object.keys(answers) as [keyof typeof answers, ...(keyof typeof answers)[]]
const problemAnswer = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.enum(codes),
    detail: z.string().optional(),
    retry_after: z.int().min(1).optional(),
  })
  .meta({ id: 'StaffProblem', description: 'RFC 9457' })

type Failure = 400 | 404 | 409 | 413 | 415
interface FailureAnswer {
  description: string
  content: Record<typeof problemMediaType, { schema: typeof problemAnswer }>
}
const always = [401, 403, 429, 500, 503] as const

/** The failures of one call, described by their codes; not signed in, not allowed and too often are always among them. */
export function failures<S extends Failure>(
  ...statuses: S[]
): Record<S | (typeof always)[number], FailureAnswer> {
  const all = [...statuses, ...always]
  return Object.fromEntries(
    all.map((status) => [
      status,
      {
        description: codes.filter((code) => (answers[code].status as number) === status).join(', '),
        content: { [problemMediaType]: { schema: problemAnswer } },
      },
    ]),
  ) as Record<S | (typeof always)[number], FailureAnswer>
}
