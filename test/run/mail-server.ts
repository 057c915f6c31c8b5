import { createServer, type AddressInfo, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { simpleParser } from 'mailparser'
import { SMTPServer } from 'smtp-server'
import { openWire } from './wire.ts'

/** A letter as the server took it. */
export interface Received {
  /** MAIL FROM, as it was said. */
  readonly from: string
  /** RCPT TO, as it was said. */
  readonly to: readonly string[]
  readonly messageId: string
  readonly subject: string
  readonly text: string
  readonly attachments: readonly { readonly name: string; readonly text: string }[]
}

/** What the server says to one letter: `drop` takes it and ends the connection before it says so. */
export type Answer = 'take' | 'drop' | number

export interface MailServer {
  readonly url: string
  readonly received: Received[]
  /** What is said to the next letters, in order; then each is taken. */
  script(...answers: Answer[]): void
  /** Refuses everybody's credentials with this code; null: asks nobody. */
  turnAway(code: number | null): void
  to(address: string): Received[]
  close(): Promise<void>
}

/** A mail server that does as it is told. */
export async function openMailServer(): Promise<MailServer> {
  const received: Received[] = []
  const answers: Answer[] = []
  let turnedAway: number | null = null
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    authOptional: true,
    allowInsecureAuth: true,
    onAuth: (_auth, _session, callback) =>
      turnedAway === null
        ? callback(null, { user: 'matricule' })
        : callback(Object.assign(new Error('no'), { responseCode: turnedAway })),
    onData(stream, session, callback) {
      void simpleParser(stream).then((mail) => {
        const answer = answers.shift() ?? 'take'
        if (typeof answer === 'number') {
          callback(Object.assign(new Error('told to'), { responseCode: answer }))
          return
        }
        received.push({
          from: session.envelope.mailFrom === false ? '' : session.envelope.mailFrom.address,
          to: session.envelope.rcptTo.map(({ address }) => address),
          messageId: mail.messageId ?? '',
          subject: mail.subject ?? '',
          text: mail.text ?? '',
          attachments: mail.attachments.map(({ filename = '', content }) => ({
            name: filename,
            text: content.toString('utf8'),
          })),
        })
        if (answer === 'drop') wire.jolt()
        callback()
        // A sender who died in the middle of a letter has sent none.
      }, callback)
    },
  })
  server.on('error', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const wire = await openWire((server.server.address() as AddressInfo).port)
  return {
    url: `smtp://matricule:secret@127.0.0.1:${wire.port}`,
    received,
    script: (...told) => answers.splice(0, answers.length, ...told),
    turnAway: (code) => {
      turnedAway = code
      wire.jolt()
    },
    to: (address) => received.filter((mail) => mail.to.includes(address)),
    async close() {
      await wire.close()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

/** Where in a dialogue something may go wrong; `text` is after the letter itself. */
export const steps = ['greeting', 'EHLO', 'STARTTLS', 'AUTH', 'MAIL', 'RCPT', 'DATA', 'text'] as const
export type Step = (typeof steps)[number]

/** What is done there instead of the right answer: nothing is ever said, the connection ends, a line of an answer that
 *  has no end comes now and then, such lines come without pause, or these bytes are said. */
export type Conduct = 'silence' | 'close' | 'trickle' | 'flood' | { readonly say: string }

export interface RoughMailServer {
  readonly port: number
  /** Every command that was heard, credentials included, and the letters that came whole. */
  readonly heard: string[]
  readonly letters: { readonly to: string; readonly messageId: string }[]
  /** From now on, and for every connection; null: all is well again. */
  misbehave(at: Step | null, conduct?: Conduct): void
  close(): Promise<void>
}

export interface RoughMailServerOptions {
  /** Extensions that it claims to have. */
  readonly offers?: readonly string[]
  /** Speaks TLS from the first byte. */
  readonly tls?: { readonly key: string; readonly cert: string }
}

/** A mail server made of nothing but its answers (RFC 5321), so that any of them can be wrong. */
export async function openRoughMailServer({
  offers = ['AUTH PLAIN'],
  tls,
}: RoughMailServerOptions = {}): Promise<RoughMailServer> {
  const heard: string[] = []
  const letters: { to: string; messageId: string }[] = []
  const sockets = new Set<Socket>()
  const wrong: { at: Step | null; conduct: Conduct } = { at: null, conduct: 'close' }

  const answer = (socket: Socket, step: Step, right: string): void => {
    const { at, conduct } = wrong
    if (at !== step) socket.write(`${right}\r\n`)
    else if (conduct === 'close') socket.destroy()
    else if (typeof conduct === 'object') {
      socket.write(`${conduct.say}\r\n`)
      if (conduct.say.startsWith('421')) socket.end()
    } else if (conduct !== 'silence') {
      const line = `${right.slice(0, 3)}-still at it\r\n`
      const lines = conduct === 'flood' ? line.repeat(1_000) : line
      const timer = setInterval(() => socket.write(lines), conduct === 'flood' ? 0 : 50)
      socket.on('close', () => clearInterval(timer))
    }
  }
  const serve = (socket: Socket): void => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    let [rest, to, text] = ['', '', null as string | null]
    const line = (said: string): void => {
      if (text !== null && said !== '.') {
        text += `${said}\n`
        return
      }
      if (text !== null) {
        letters.push({ to, messageId: /^message-id: *(.*)$/im.exec(text)?.[1] ?? '' })
        text = null
        answer(socket, 'text', '250 taken')
        return
      }
      heard.push(said)
      const [verb = ''] = said.toUpperCase().split(/[ :]/)
      if (verb === 'EHLO' || verb === 'HELO')
        answer(socket, 'EHLO', ['250-rough', ...offers.map((each) => `250-${each}`), '250 HELP'].join('\r\n'))
      else if (verb === 'STARTTLS') answer(socket, 'STARTTLS', '220 go ahead')
      else if (verb === 'AUTH') answer(socket, 'AUTH', '235 come in')
      else if (verb === 'MAIL') answer(socket, 'MAIL', '250 go on')
      else if (verb === 'RCPT') {
        to = /<(.*)>/.exec(said)?.[1] ?? ''
        answer(socket, 'RCPT', '250 known')
      } else if (verb === 'DATA') {
        if (wrong.at !== 'DATA') text = ''
        answer(socket, 'DATA', '354 say it')
      } else socket.write(verb === 'QUIT' ? '221 bye\r\n' : '250 well\r\n')
    }
    socket.on('data', (bytes: Buffer) => {
      const lines = (rest + bytes.toString('latin1')).split('\r\n')
      rest = lines.pop() ?? ''
      lines.forEach(line)
    })
    answer(socket, 'greeting', '220 rough')
  }
  const server = tls === undefined ? createServer(serve) : createTlsServer(tls, serve)
  server.on('tlsClientError', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    heard,
    letters,
    misbehave(at, conduct = 'close') {
      Object.assign(wrong, { at, conduct })
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
