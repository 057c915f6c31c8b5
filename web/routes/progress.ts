import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { IdentityError } from '../../platform/error.ts'
import { progressEvents } from '../progress-stream.ts'
import { createStreams } from '../streams.ts'
import type { Api } from './given.ts'
import { failures, progressAnswer, progressParams } from './shapes.ts'

/** Open streams in one process. Each looks once a second: this bounds what they cost the registry. */
const streamLimit = 500
/** Those of one student: a few tabs and devices. */
const streamsEach = 5

/** How far a change has come, once or as it happens. */
export function progressRoutes({ app, flows, clock, config }: Api): void {
  const streams = createStreams(streamLimit, streamsEach)
  app.addHook('preClose', (done) => {
    streams.close()
    done()
  })

  app.route({
    method: 'GET',
    url: '/progress/:id',
    // Counted apart: a campus that follows its accounts spends nothing that an activation needs.
    config: { rateLimit: { max: config.requestsPerMinute, groupId: 'progress' } },
    schema: {
      summary: 'How far a change has come',
      description:
        'Lives 7 days. With `Accept: text/event-stream`, the same as events named `progress` until all is done.',
      params: progressParams,
      response: {
        200: {
          description: 'The state of each target',
          content: {
            'application/json': { schema: progressAnswer },
            'text/event-stream': { schema: z.string() },
          },
        },
        ...failures(404, 429),
      },
    },
    handler: async (request, reply) => {
      const look = async () => progressAnswer.parse(await flows.progress(known(request.params.id)))
      reply.header('vary', 'accept')
      const streaming = request.method === 'GET' && request.headers.accept?.includes('text/event-stream')
      if (!streaming) return reply.type('application/json').send(await look())

      const first = await look()
      const { socket } = request.raw
      // Who has left meanwhile hears of no end any more: their place would never be given back.
      if (socket.destroyed) return reply.send(first)
      const stream = streams.open(request.params.id)
      const end = () => {
        socket.off('close', end)
        streams.end(stream)
      }
      reply.raw.once('close', end)
      // One that waits behind another of the same connection is not told of its end.
      socket.once('close', end)
      const events = progressEvents({ first, look, clock, signal: stream.signal })
      // Proxies that gather answers (nginx) would hold the events back.
      reply.type('text/event-stream').header('x-accel-buffering', 'no')
      return (reply as FastifyReply).send(Readable.from(events))
    },
  })
}

function known(id: string): string {
  if (!/^[\w-]{1,128}$/.test(id)) throw new IdentityError('PROGRESS_UNKNOWN', 'this cannot be an identifier')
  return id
}
