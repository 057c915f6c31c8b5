import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A wire to a server, that can be cut. */
export interface Wire {
  readonly port: number
  /** Ends every connection, and lets nobody in until it is mended. */
  cut(): void
  mend(): void
  /** Ends the connections that stand, and lets new ones in. */
  jolt(): void
  /** The `count`-th piece that the server sends from now on never arrives, and the connection ends with it. */
  loseAnswer(count: number): void
  /** Whether the piece to be lost has been lost. */
  lost(): boolean
  close(): Promise<void>
}

export async function openWire(to: number): Promise<Wire> {
  const sockets = new Set<Socket>()
  let whole = true
  let losesIn = 0
  let hasLost = false
  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
  }
  const server = createServer((client) => {
    if (!whole) {
      client.destroy()
      return
    }
    const upstream = connect(to, '127.0.0.1')
    keep(client)
    keep(upstream)
    client.pipe(upstream)
    upstream.on('data', (bytes) => {
      if (losesIn > 0 && --losesIn === 0) {
        hasLost = true
        client.destroy()
        upstream.destroy()
      } else client.write(bytes)
    })
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => client.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const jolt = () => sockets.forEach((socket) => socket.destroy())
  return {
    port: (server.address() as AddressInfo).port,
    cut: () => {
      whole = false
      jolt()
    },
    mend: () => {
      whole = true
    },
    jolt,
    loseAnswer: (count) => {
      losesIn = count
      hasLost = false
    },
    lost: () => hasLost,
    close: async () => {
      jolt()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
