import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createConnection, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Advance, Advances } from '../platform/advance.ts'
import { asIdentityError, IdentityError, type ErrorCode } from '../platform/error.ts'
import { writeAtomically } from '../platform/files.ts'
import type { Given, Outcome } from './desk.ts'

/** One request and one answer per connection, a line of JSON each, and before the answer lines that say how far it has
 *  come. Whoever can open the socket owns the home: it lies in a folder of mode 0700, and its path in the home. */
interface Request {
  readonly command: string
  readonly given: Given
}
type Answer =
  | { readonly advances: readonly Advance[] }
  | { readonly outcome: Outcome }
  | { readonly error: { readonly code: ErrorCode; readonly message: string } }

const prefix = 'matricule-'
/** Bytes. */
const longestLine = 64 * 1024 * 1024

/** Serves commands to those who run beside us. The path is short, since a socket's may not exceed 107 bytes. */
export async function serveCommands(
  home: string,
  run: (command: string, given: Given) => Promise<Outcome>,
  advances: Advances,
): Promise<AsyncDisposable> {
  await forgetFormer(home)
  const folder = await mkdtemp(join(tmpdir(), prefix))
  const path = join(folder, 's')
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
    socket.on('error', () => socket.destroy())
    const say = (answer: Answer): unknown => socket.write(`${JSON.stringify(answer)}\n`)
    void firstLine(socket)
      .then(async (line) => {
        const { command, given } = JSON.parse(line) as Request
        using _listening = advances.listen((now) => say({ advances: now }))
        return { outcome: await run(command, given) } satisfies Answer
      })
      .catch((thrown: unknown) => {
        const { code, message } = asIdentityError(thrown)
        return { error: { code, message } } satisfies Answer
      })
      .then((answer) => {
        say(answer)
        socket.end()
      })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ path, readableAll: false, writableAll: false }, resolve)
  })
  await writeAtomically(join(home, 'command-socket'), `${path}\n`, 0o600)
  return {
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of open) socket.destroy()
      await closed
      await rm(join(home, 'command-socket'), { force: true })
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Removes the socket of one who was killed on this home. The caller holds its lock. */
async function forgetFormer(home: string): Promise<void> {
  const path = await readFile(join(home, 'command-socket'), 'utf8').catch(() => '')
  const folder = dirname(path.trim())
  if (basename(folder).startsWith(prefix) && basename(path.trim()) === 's') {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Asks whoever runs on this home to run a command; null when nobody does. `told` hears how far it has come. */
export async function askOwner(
  home: string,
  command: string,
  given: Given,
  told: (advances: readonly Advance[]) => void,
): Promise<Outcome | null> {
  const path = await readFile(join(home, 'command-socket'), 'utf8').catch(() => null)
  if (path === null) return null
  const socket = await connect(path.trim())
  if (socket === null) return null
  socket.write(`${JSON.stringify({ command, given } satisfies Request)}\n`)
  try {
    for await (const line of linesOf(socket)) {
      const answer = JSON.parse(line) as Answer
      if ('error' in answer) throw new IdentityError(answer.error.code, answer.error.message)
      if ('outcome' in answer) return answer.outcome
      told(answer.advances)
    }
  } finally {
    socket.destroy()
  }
  throw new IdentityError('COMMAND_FAILED', 'the running matricule ended before it answered')
}

function connect(path: string): Promise<Socket | null> {
  return new Promise((resolve) => {
    const socket = createConnection({ path })
    socket.once('connect', () => resolve(socket))
    socket.once('error', () => resolve(null))
  })
}

async function firstLine(socket: Socket): Promise<string> {
  for await (const line of linesOf(socket)) return line
  throw new Error('the connection ended without a line')
}

function linesOf(socket: Socket): AsyncIterable<string> {
  let length = 0
  socket.on('data', (chunk) => {
    length = chunk.includes('\n') ? 0 : length + chunk.length
    if (length > longestLine) socket.destroy()
  })
  const lines = createInterface({ input: socket })
  // One that is reset has no end.
  socket.once('close', () => lines.close())
  return lines
}
