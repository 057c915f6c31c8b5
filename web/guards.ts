import type { FastifyInstance } from 'fastify'
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
