import { networkOf } from '../network.ts'
import type { Api } from './given.ts'
import { failures, judgeBody, judgementAnswer, reason } from './shapes.ts'

/** The judgement shown while a password is being typed. */
export function strengthRoutes({ app, flows, config }: Api): void {
  app.route({
    method: 'POST',
    url: '/password-strength',
    // Counted apart: whoever types spends nothing that an activation needs.
    config: { rateLimit: { max: config.judgementsPerMinute, groupId: 'strength' } },
    schema: {
      summary: 'Judge a password',
      description: 'Keeps nothing. OWN_DATA is found only with the context that a check of key or link gave.',
      body: judgeBody,
      response: { 200: judgementAnswer, ...failures(400, 403, 413, 415, 429) },
    },
    handler: async (request) => {
      const { password, context = null } = request.body
      const judgement = await flows.judge({ password, context, network: networkOf(request.ip) })
      return { ...judgement, reasons: judgement.reasons.map((word) => reason.parse(word)) }
    },
  })
}
