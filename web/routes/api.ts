import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance } from 'fastify'
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import { IdentityError } from '../../platform/error.ts'
import { readJsonOnly } from '../json-body.ts'
import { networkOf } from '../network.ts'
import { describeApi } from '../openapi.ts'
import type { AppOptions } from '../options.ts'
import { isCrossSite } from '../origin.ts'
import { sendProblem } from '../problem-reply.ts'
import { problem } from '../problem.ts'
import { activationRoutes } from './activation.ts'
import type { Api } from './given.ts'
import { linksRoutes } from './links.ts'
import { progressRoutes } from './progress.ts'
import { resetRoutes } from './reset.ts'
import { strengthRoutes } from './strength.ts'

export const apiPrefix = '/creation-motdepasse/api'

/** The HTTP API of the page. `scope` is already under `apiPrefix`. */
export async function apiRoutes(scope: FastifyInstance, options: AppOptions): Promise<void> {
  readJsonOnly(scope)
  scope.setValidatorCompiler(validatorCompiler)
  scope.setSerializerCompiler(serializerCompiler)
  refuseOtherSites(scope, options.config.baseUrl)
  refuseQueries(scope)
  await scope.register(rateLimit, {
    max: options.config.requestsPerMinute,
    timeWindow: 60_000,
    cache: 10_000,
    keyGenerator: (request) => networkOf(request.ip),
    addHeaders: {
      'x-ratelimit-limit': false,
      'x-ratelimit-remaining': false,
      'x-ratelimit-reset': false,
      'retry-after': false,
    },
    addHeadersOnExceeding: {
      'x-ratelimit-limit': false,
      'x-ratelimit-remaining': false,
      'x-ratelimit-reset': false,
    },
    errorResponseBuilder: (_request, { ttl }) =>
      new IdentityError('TOO_MANY_ATTEMPTS', 'too many requests from one network', {
        details: { retryAfterSeconds: ttl / 1000 },
      }),
  })
  await describeApi(scope, options.config.baseUrl)

  const api: Api = { ...options, app: scope.withTypeProvider<ZodTypeProvider>() }
  activationRoutes(api)
  resetRoutes(api)
  strengthRoutes(api)
  progressRoutes(api)
  linksRoutes(api)
}

/** What changes something is refused when a browser says that another site asks for it. */
function refuseOtherSites(scope: FastifyInstance, baseUrl: string): void {
  scope.addHook('onRequest', (request, reply, done) => {
    const reads = request.method === 'GET' || request.method === 'HEAD'
    if (reads || !isCrossSite(request.headers, baseUrl)) done()
    else sendProblem(reply, problem('REQUEST_INVALID', { status: 403 }))
  })
}

/** What changes something is said in the body alone: an address with its query stands in the logs of every proxy. */
function refuseQueries(scope: FastifyInstance): void {
  scope.addHook('onRequest', (request, reply, done) => {
    const reads = request.method === 'GET' || request.method === 'HEAD'
    if (reads || !request.url.includes('?')) done()
    else sendProblem(reply, problem('REQUEST_INVALID'))
  })
}
