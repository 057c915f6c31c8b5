import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { Frames } from '../../ldap-protocol/frames.ts'

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
  /** From now on every `nth` acknowledgement of a change never arrives, and its connection ends with it; 0: all arrive. In
   *  clear LDAP alone. Connections that stand are ended. */
  loseAcknowledgements(nth: number): void
  /** How many changes the server was asked for since then. */
  asked(): number
  close(): Promise<void>
}

export async function openWire(to: number): Promise<Wire> {
  const sockets = new Set<Socket>()
  let whole = true
  let losesIn = 0
  let hasLost = false
  let nth = 0
  let acknowledged = 0
  let asked = 0
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
    const [frames, requests] = nth > 0 ? [new Frames(), new Frames()] : []
    client.on('data', (bytes: Buffer) => {
      requests?.push(bytes)
      for (let frame = requests?.next(); frame; frame = requests?.next()) if (isChange(frame)) asked += 1
    })
    const end = () => {
      client.destroy()
      upstream.destroy()
    }
    upstream.on('data', (bytes: Buffer) => {
      if (frames) {
        frames.push(bytes)
        for (let frame = frames.next(); frame !== null && !client.destroyed; frame = frames.next()) {
          if (isAcknowledgement(frame) && ++acknowledged % nth === 0) end()
          else client.write(frame)
        }
      } else if (losesIn > 0 && --losesIn === 0) {
        hasLost = true
        end()
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
    loseAcknowledgements: (each) => {
      nth = each
      acknowledged = 0
      asked = 0
      jolt()
    },
    asked: () => asked,
    close: async () => {
      jolt()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** The answer to a modify, an add, a delete or a rename, and the question (RFC 4511, 4.6 to 4.9). */
const isAcknowledgement = (frame: Buffer) => [0x67, 0x69, 0x6b, 0x6d].includes(tagOf(frame))
const isChange = (frame: Buffer) => [0x66, 0x68, 0x4a, 0x6c].includes(tagOf(frame))

function tagOf(frame: Buffer): number {
  const first = frame[1] ?? 0
  const id = 2 + (first < 0x80 ? 0 : first & 0x7f)
  return frame[id + 2 + (frame[id + 1] ?? 0)] ?? 0
}
