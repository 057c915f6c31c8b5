import { z } from 'zod'
import { readAgainNow } from '../read-again.ts'
import { failures, numberParams } from '../shapes.ts'
import type { DeskApi } from './given.ts'

const readAgainBody = z.strictObject({}).nullish()
const readAgainAnswer = z.strictObject({
  number: z.string(),
  result: z
    .enum(['changed', 'unchanged', 'absent', 'held', 'refused', 'impossible'])
    .nullable()
    .meta({ description: 'Null: no answer yet; `impossible`: a drop cannot be asked for one student' }),
  code: z.string().nullable().meta({ description: 'Why it was held or refused' }),
})

/** The record of one student, read again at the source. */
export function readAgainRoutes({ app, desk, staffOf }: DeskApi): void {
  app.route({
    method: 'POST',
    url: '/students/:number/read-again',
    config: { act: 'reread' },
    schema: {
      summary: 'Read one student again at the source',
      params: numberParams,
      body: readAgainBody,
      response: { 200: readAgainAnswer, ...failures(400, 404, 413, 415) },
    },
    handler: async (request) => {
      const { number } = request.params
      return { number, ...(await readAgainNow(desk, staffOf(request), number)) }
    },
  })
}
