import { z } from 'zod'
import type { DeskApi } from './given.ts'
import { resendLetter } from '../resend.ts'
import { failures } from '../shapes.ts'

const letterParams = z.strictObject({ id: z.uuid() })
const resendBody = z.strictObject({}).nullish()
const resendAnswer = z.strictObject({
  number: z.string(),
  kind: z.string().meta({ description: 'What leaves' }),
})

/** Letters, sent again. */
export function letterRoutes({ app, desk, staffOf }: DeskApi): void {
  app.route({
    method: 'POST',
    url: '/letters/:id/resend',
    config: { act: 'resend' },
    schema: {
      summary: 'Send a letter again',
      description: 'As things stand now. A link to choose a password is asked for anew, never sent twice.',
      params: letterParams,
      body: resendBody,
      response: { 202: resendAnswer, ...failures(400, 404, 409, 413, 415) },
    },
    handler: async (request, reply) =>
      reply.code(202).send(await resendLetter(desk, staffOf(request), request.params.id)),
  })
}
