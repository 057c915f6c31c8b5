import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Staff, StaffAct } from '../../../domain/staff.ts'
import type { Helpdesk } from '../options.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a member of staff must be allowed to do; `session`: be signed in, whatever they may do. */
    act?: StaffAct | 'session'
  }
}

/** What the routes of the helpdesk are given. */
export interface DeskApi {
  readonly app: FastifyInstance<
    RawServerDefault,
    IncomingMessage,
    ServerResponse,
    FastifyBaseLogger,
    ZodTypeProvider
  >
  readonly desk: Helpdesk
  /** Who asks: known, and allowed to do what the route does. */
  staffOf: (request: object) => Staff
}
