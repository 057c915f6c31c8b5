import fastify, { type FastifyInstance, type FastifyReply } from 'fastify'
import { protectAnswers } from './headers.ts'
import { serveHelpdesk } from './helpdesk/desk.ts'
import { answerUnknown } from './not-found.ts'
import type { AppOptions } from './options.ts'
import { servePage } from './page-files.ts'
import { answerErrors, rawProblem, sendProblem } from './problem-reply.ts'
import { problem } from './problem.ts'
import { apiPrefix, apiRoutes } from './routes/api.ts'

/** The page and its API, without a port: `listen` gives it one, tests call it directly.
 *  The CAS back end may still be registered before the first request. */
export async function createApp(options: AppOptions): Promise<FastifyInstance> {
  const app = fastify({
    logger: false,
    trustProxy: options.config.trustProxy,
    bodyLimit: 16 * 1024,
    requestTimeout: 15_000,
    // Node's own 60 s for a head would be given to the body too; and it looks every 30 s only.
    http: { headersTimeout: 10_000, connectionsCheckingInterval: 2_000 },
    // Above the heartbeat of the streams, or they would be cut.
    connectionTimeout: 60_000,
    keepAliveTimeout: 20_000,
    routerOptions: { maxParamLength: 256 },
    // While closing, what still arrives is answered like the rest, and its connection then closed.
    return503OnClosing: false,
    frameworkErrors: (_error, _request, reply) => {
      // Reached before any hook: the protective headers that matter are set here again.
      const plain = reply as FastifyReply
      plain.headers({ 'x-content-type-options': 'nosniff', 'content-security-policy': "default-src 'none'" })
      sendProblem(plain, problem('REQUEST_INVALID'))
    },
    clientErrorHandler: (error, socket) => {
      if (socket.writable && error.code !== 'ECONNRESET') socket.end(rawProblem(error.code))
      else socket.destroy()
    },
  })
  noteRequests(app, options)
  answerErrors(app, options)
  answerUnknown(app)
  readNoBody(app)
  await protectAnswers(app, options.config.baseUrl)
  await servePage(app, options)
  await app.register((scope) => apiRoutes(scope, options), { prefix: apiPrefix })
  if (options.helpdesk !== undefined)
    await serveHelpdesk(app, options.helpdesk, { ...options, ...options.config })
  return app
}

/** One line per request: the pattern of the route, never the address, the query, the body or the caller. */
function noteRequests(app: FastifyInstance, { log, clock }: AppOptions): void {
  const arrivals = new WeakMap<object, number>()
  app.addHook('onRequest', (request, _reply, done) => {
    arrivals.set(request, clock.monotonic())
    done()
  })
  app.addHook('onResponse', (request, reply, done) => {
    const now = clock.monotonic()
    log.info('request', {
      method: request.method,
      route: request.routeOptions.url ?? null,
      status: reply.statusCode,
      ms: Math.round(now - (arrivals.get(request) ?? now)),
    })
    done()
  })
}

/** Outside the parts that say what they read, a body is left unread, so that an unknown address is a 404
 *  whatever is sent to it. */
function readNoBody(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))
}
