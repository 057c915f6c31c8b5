import fastify, { type FastifyInstance } from 'fastify'
import type { Log } from '../../platform/log.ts'
import { inboxApi } from './api.ts'
import type { Mailbox } from './mailbox.ts'
import { inboxPage, unknownPage } from './page.ts'
import { script } from './script.ts'
import { style } from './style.ts'

const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** The page of the inbox and its API, without a port. */
export function createInboxSite({
  mailbox,
  log,
}: {
  mailbox: Mailbox
  log: Pick<Log, 'error'>
}): FastifyInstance {
  const site = fastify({
    logger: false,
    bodyLimit: 64 * 1024,
    requestTimeout: 10_000,
    forceCloseConnections: true,
  })
  site.addHook('onRequest', (_request, reply, done) => {
    reply.headers({
      'content-security-policy': contentSecurityPolicy,
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    })
    done()
  })
  site.setErrorHandler((error, request, reply) => {
    const status = (error as { statusCode?: number }).statusCode ?? 500
    if (status >= 500) log.error('inbox-failed', { route: request.routeOptions.url ?? null }, error)
    return reply.code(status).send({ Error: status >= 500 ? 'something unexpected happened' : 'bad request' })
  })
  site.setNotFoundHandler((request, reply) =>
    request.url.startsWith('/api/')
      ? reply.code(404).send({ Error: 'not found' })
      : reply.code(404).type(html).send(unknownPage),
  )

  site.get('/inbox.css', (_request, reply) => reply.type('text/css; charset=utf-8').send(style))
  site.get('/inbox.js', (_request, reply) => reply.type('text/javascript; charset=utf-8').send(script))
  site.get('/', (request, reply) =>
    reply.type(html).send(inboxPage({ ...chosen(mailbox, request.query), message: null })),
  )
  site.get<{ Params: { id: string } }>('/message/:id', (request, reply) => {
    const message = mailbox.find(request.params.id)
    if (message === null) return reply.code(404).type(html).send(unknownPage)
    return reply.type(html).send(inboxPage({ ...chosen(mailbox, request.query), message }))
  })
  inboxApi(site, mailbox)
  return site
}

const html = 'text/html; charset=utf-8'
const queryLimit = 200

function chosen(mailbox: Mailbox, asked: unknown) {
  const { query } = asked as { query?: unknown }
  const words = typeof query === 'string' ? query.slice(0, queryLimit) : ''
  return { query: words, messages: words === '' ? mailbox.all() : mailbox.search(words) }
}
