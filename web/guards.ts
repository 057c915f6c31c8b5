import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance } from 'fastify'
import { IdentityError } from '../platform/error.ts'
import { networkOf } from './network.ts'
import { isCrossSite } from './origin.ts'
import { sendProblem } from './problem-reply.ts'
import { problem } from './problem.ts'

/** What changes something is refused when a browser says that another site asks for it. */
export function refuseOtherSites(scope: FastifyInstance, baseUrl: string): void {
  scope.addHook('onRequest', (request, reply, done) => {
    const reads = request.method === 'GET' || request.method === 'HEAD'
    if (reads || !isCrossSite(request.headers, baseUrl)) done()
    else sendProblem(reply, problem('REQUEST_INVALID', { status: 403 }))
  })
}

/** What changes something is said in the body alone: an address with its query stands in the logs of every proxy. */
export function refuseQueries(scope: FastifyInstance): void {
  scope.addHook('onRequest', (request, reply, done) => {
    const reads = request.method === 'GET' || request.method === 'HEAD'
    if (reads || !request.url.includes('?')) done()
    else sendProblem(reply, problem('REQUEST_INVALID'))
  })
}

/** The coarse limit: requests of one network in a minute, counted in this process. */
export async function limitByNetwork(scope: FastifyInstance, requestsPerMinute: number): Promise<void> {
  const unsaid = { 'x-ratelimit-limit': false, 'x-ratelimit-remaining': false, 'x-ratelimit-reset': false }
  await scope.register(rateLimit, {
    max: requestsPerMinute,
    timeWindow: 60_000,
    cache: 10_000,
    keyGenerator: (request) => networkOf(request.ip),
    addHeaders: { ...unsaid, 'retry-after': false },
    addHeadersOnExceeding: unsaid,
    errorResponseBuilder: (_request, { ttl }) =>
      new IdentityError('TOO_MANY_ATTEMPTS', 'too many requests from one network', {
        details: { retryAfterSeconds: ttl / 1000 },
      }),
  })
}
