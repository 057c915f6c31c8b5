import { connect, createServer } from 'node:net'
import { pipeline } from 'node:stream'

/** What stands before several pages: each new connection goes to the next of them. */
export async function openBalancer(port: number, to: readonly number[]): Promise<AsyncDisposable> {
  let turn = 0
  const server = createServer((caller) => {
    const there = connect(to[turn++ % to.length] ?? 0, '127.0.0.1')
    pipeline(caller, there, () => undefined)
    pipeline(there, caller, () => undefined)
  })
  const open = new Set<{ destroy(): void }>()
  server.on('connection', (socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
