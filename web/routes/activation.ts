import { networkOf } from '../network.ts'
import type { Api } from './given.ts'
import {
  activateBody,
  activatedAnswer,
  contextAnswer,
  failures,
  idempotencyHeaders,
  verifyKeyBody,
} from './shapes.ts'

/** Taking possession of an account with number and key (guide: « Activation du compte »). */
export function activationRoutes(api: Api): void {
  const { app, flows, config } = api

  app.route({
    method: 'POST',
    url: '/activation/verify',
    schema: {
      summary: 'Check a number and its key',
      description:
        'Uses nothing up. KEY_REFUSED is the same for an unknown number, a wrong key and no such account; ' +
        'the 409 codes are said only to whoever has a key that is or was this student’s.',
      body: verifyKeyBody(config.asksBirthDate),
      response: { 200: contextAnswer, ...failures(400, 403, 409, 413, 415, 429) },
    },
    handler: async (request) => flows.verifyKey({ ...request.body, network: networkOf(request.ip) }),
  })

  app.route({
    method: 'POST',
    url: '/activation',
    schema: {
      summary: 'Use the key and choose the password',
      description: 'The account exists once this is answered; `progress` tells where it has arrived.',
      headers: idempotencyHeaders,
      body: activateBody(config.asksBirthDate),
      response: { 201: activatedAnswer, ...failures(400, 403, 409, 413, 415, 422, 429) },
    },
    handler: async (request, reply) => {
      const idempotencyKey = request.headers['idempotency-key'] ?? null
      const network = networkOf(request.ip)
      const activated = await flows.activate({ ...request.body, network, idempotencyKey })
      return reply.code(201).send(activated)
    },
  })
}
