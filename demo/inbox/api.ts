import type { FastifyInstance } from 'fastify'
import type { Mailbox } from './mailbox.ts'
import { snippet, type Message } from './message.ts'

/** The calls of Mailpit's API (v1) that tests and scripts use, in its shapes. */
export function inboxApi(site: FastifyInstance, mailbox: Mailbox): void {
  site.get('/api/v1/messages', (request) => listing(mailbox, mailbox.all(), request.query))
  site.get('/api/v1/search', (request, reply) => {
    const { query } = request.query as { query?: unknown }
    if (typeof query !== 'string' || query.length > 200)
      return reply.code(400).send({ Error: 'no search query' })
    return listing(mailbox, mailbox.search(query), request.query)
  })
  site.get<{ Params: { id: string } }>('/api/v1/message/:id', (request, reply) => {
    const message = mailbox.find(request.params.id)
    return message === null ? reply.code(404).send({ Error: 'message not found' }) : whole(message)
  })
  site.get<{ Params: { id: string } }>('/api/v1/message/:id/raw', (request, reply) => {
    const message = mailbox.find(request.params.id)
    if (message === null) return reply.code(404).send({ Error: 'message not found' })
    return reply.type('text/plain; charset=utf-8').send(message.raw)
  })
  site.delete('/api/v1/messages', (request, reply) => {
    const { IDs } = (request.body ?? {}) as { IDs?: unknown }
    if (IDs !== undefined && !isTexts(IDs)) return reply.code(400).send({ Error: 'IDs is a list of texts' })
    mailbox.remove(IDs === undefined || IDs.length === 0 ? undefined : IDs)
    return reply.type('text/plain; charset=utf-8').send('ok')
  })
}

/** One page of `found`: `start` (from 0) and `limit` (50 unless told, 1,000 at most). */
function listing(mailbox: Mailbox, found: readonly Message[], asked: unknown) {
  const { start, limit } = asked as { start?: unknown; limit?: unknown }
  const from = wholeNumber(start, 0)
  const page = found.slice(from, from + Math.min(wholeNumber(limit, 50), 1_000))
  return {
    total: mailbox.all().length,
    unread: 0,
    count: page.length,
    messages_count: found.length,
    messages_unread: 0,
    start: from,
    tags: [],
    messages: page.map(summary),
  }
}

function wholeNumber(given: unknown, otherwise: number): number {
  return typeof given === 'string' && /^\d{1,9}$/.test(given) ? Number(given) : otherwise
}

function summary(message: Message) {
  const { ID, MessageID, From, To, Cc, Bcc, ReplyTo, Subject, Created, Size } = message
  return {
    ID,
    MessageID,
    Read: true,
    From,
    To,
    Cc,
    Bcc,
    ReplyTo,
    Subject,
    Created,
    Tags: [],
    Size,
    Attachments: 0,
    Snippet: snippet(message),
  }
}

function whole({ raw: _raw, ...message }: Message) {
  return { ...message, Tags: [], Inline: [], Attachments: [] }
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}
