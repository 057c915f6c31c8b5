import cookie from '@fastify/cookie'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { CoarseLimit } from '../coarse-limit.ts'
import { deskApiPrefix, deskApiRoutes } from './api.ts'
import type { Helpdesk } from './options.ts'
import { deskUrl, signInRoutes } from './sign-in.ts'

/** Serves the helpdesk: its page, its sign-in and its API. The page itself tells nobody anything. */
export async function serveHelpdesk(app: FastifyInstance, desk: Helpdesk, limit: CoarseLimit): Promise<void> {
  await app.register(async (scope) => {
    await scope.register(cookie)
    const page = (_request: FastifyRequest, reply: FastifyReply) => reply.sendFile('helpdesk.html')
    for (const url of [deskUrl, `${deskUrl}/`]) scope.get(url, page)
    signInRoutes(scope, desk)
    await scope.register((api) => deskApiRoutes(api, desk, limit), { prefix: deskApiPrefix })
  })
}
