import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { AppOptions } from '../options.ts'

/** What the routes of the page are given: the acts behind them, and the app under the API's prefix, whose
 *  schemas are zod's. */
export interface Api extends AppOptions {
  app: FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>
}
