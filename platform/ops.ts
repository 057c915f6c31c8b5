import type { AddressInfo } from 'node:net'
import { fastify } from 'fastify'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'
import { portBusy } from './port-busy.ts'

export { portBusy } from './port-busy.ts'

/** Whether the first pass has settled everything; if not, what is awaited, by name. */
export interface Readiness {
  readonly ready: boolean
  readonly awaited?: readonly string[]
}

export interface OpsOptions {
  readonly metrics: Pick<Metrics, 'text' | 'contentType'>
  readonly ready: () => Readiness | Promise<Readiness>
  readonly log: Log
}

export interface Ops {
  /** Rejects with IdentityError PORT_BUSY, naming `ops.port`, when another program has the port.
   *  Port 0 takes any free one; the answer is the one taken. */
  listen(at: { host: string; port: number }): Promise<{ port: number }>
  close(): Promise<void>
}

/** The server for those who operate: `/metrics` (Prometheus text), `/healthz` (200 while the process answers),
 *  `/readyz` (200, or 503 with `{ready, awaited}`). On loopback unless told otherwise: nothing here asks who reads. */
export function createOps({ metrics, ready, log }: OpsOptions): Ops {
  const server = fastify({
    logger: false,
    bodyLimit: 1_024,
    requestTimeout: 10_000,
    forceCloseConnections: true,
  })
  server.get('/healthz', () => ({ healthy: true }))
  server.get('/readyz', async (_request, reply) => {
    const { ready: isReady, awaited = [] } = await ready()
    return reply.code(isReady ? 200 : 503).send({ ready: isReady, awaited })
  })
  server.get('/metrics', async (_request, reply) => {
    const text = await metrics.text()
    return reply.type(metrics.contentType).send(text)
  })
  server.setErrorHandler((error, request, reply) => {
    log.error('ops-failed', { route: request.routeOptions.url ?? null }, error)
    return reply.code(503).send({ ready: false, awaited: ['operations'] })
  })
  server.setNotFoundHandler((_request, reply) => reply.code(404).send({ code: 'REQUEST_UNKNOWN' }))
  return {
    async listen({ host, port }) {
      try {
        await server.listen({ host, port })
      } catch (error) {
        throw portBusy('ops.port', port, error)
      }
      const taken = (server.server.address() as AddressInfo | null)?.port ?? port
      log.info('ops-listening', { host, port: taken })
      return { port: taken }
    },
    close: () => server.close(),
  }
}
