import { isToken } from '../../domain/token.ts'
import { IdentityError } from '../../platform/error.ts'
import { networkOf } from '../network.ts'
import { resetAddress } from '../reset-address.ts'
import type { Api } from './given.ts'
import {
  acceptedAnswer,
  contextAnswer,
  failures,
  resetAnswer,
  resetBody,
  resetRequestBody,
  verifyTokenBody,
} from './shapes.ts'

/** A new password by a link sent to the personal address (guide: « Réinitialisation du mot de passe »). */
export function resetRoutes(api: Api): void {
  const { app, flows, config } = api

  app.route({
    method: 'POST',
    url: '/reset-requests',
    // A limit here would tell who asked before: the letters are limited instead, behind the same answer.
    config: { rateLimit: false },
    schema: {
      summary: 'Ask for a link',
      description: 'Always the same answer, whether anybody has this address or not.',
      body: resetRequestBody,
      response: { 202: acceptedAnswer, ...failures(400, 403, 413, 415) },
    },
    handler: async (request, reply) => {
      const email = resetAddress(request.body.email, config.ownDomains)
      await flows.requestReset({ email, network: networkOf(request.ip) })
      return reply.code(202).send({})
    },
  })

  app.route({
    method: 'POST',
    url: '/reset/verify',
    schema: {
      summary: 'Check a link',
      description: 'Consumes nothing.',
      body: verifyTokenBody,
      response: { 200: contextAnswer, ...failures(400, 403, 413, 415, 429) },
    },
    handler: async (request) =>
      flows.verifyToken({ token: tokenOf(request.body), network: networkOf(request.ip) }),
  })

  app.route({
    method: 'POST',
    url: '/reset',
    schema: {
      summary: 'Use a link and choose the password',
      description: 'The link works once; it stays valid when the password is refused.',
      body: resetBody,
      response: { 200: resetAnswer, ...failures(400, 403, 413, 415, 422, 429) },
    },
    handler: async (request) => {
      const { password } = request.body
      return flows.reset({ token: tokenOf(request.body), password, network: networkOf(request.ip) })
    },
  })
}

function tokenOf({ token }: { token: string }): string {
  if (!isToken(token)) throw new IdentityError('TOKEN_REFUSED', 'this has not the form of a token')
  return token
}
