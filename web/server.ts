import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { Clock } from '../platform/clock.ts'
import { portBusy } from '../platform/port-busy.ts'

/** A page that listens. */
export interface WebServer {
  /** The port it listens on (the one asked for, or the one given for 0). */
  port: number
  /** Ends the streams, lets running requests finish for 3 s at most, then cuts them. */
  close(): Promise<void>
}

const patience = 3_000
const connectionLimit = 10_000

/** Gives the app its port. Throws PORT_BUSY, naming `web.port`, when another program has it;
 *  the app is then closed. */
export async function listen(
  app: FastifyInstance,
  { host, port, clock }: { host: string; port: number; clock: Clock },
): Promise<WebServer> {
  app.server.maxConnections = connectionLimit
  try {
    await app.listen({ host, port })
  } catch (error) {
    await app.close()
    throw portBusy('web.port', port, error)
  }
  const address = app.server.address() as AddressInfo
  return {
    port: address.port,
    async close() {
      using _cut = clock.after(patience, () => app.server.closeAllConnections())
      await app.close()
    },
  }
}
