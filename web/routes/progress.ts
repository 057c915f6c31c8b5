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

/** How far a change has come, once or as it happens. */
export function progressRoutes({ app, flows, clock }: Api): void {
  const streams = createStreams(streamLimit)
  app.addHook('preClose', (done) => {
    streams.close()
    done()
  })

  app.route({
    method: 'GET',
    url: '/progress/:id',
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

      const stream = streams.open()
      try {
        const first = await look()
        reply.raw.once('close', () => streams.end(stream))
        const events = progressEvents({ first, look, clock, signal: stream.signal })
        // Proxies that gather answers (nginx) would hold the events back.
        reply.type('text/event-stream').header('x-accel-buffering', 'no')
        return await (reply as FastifyReply).send(Readable.from(events))
      } catch (error) {
        streams.end(stream)
        throw error
      }
    },
  })
}

function known(id: string): string {
  if (!/^[\w-]{1,128}$/.test(id)) throw new IdentityError('PROGRESS_UNKNOWN', 'this cannot be an identifier')
  return id
}
