import type { AddressInfo } from 'node:net'
import { simpleParser } from 'mailparser'
import { SMTPServer } from 'smtp-server'
import { openWire } from './wire.ts'

/** A letter as the server took it. */
export interface Received {
  /** RCPT TO, as it was said. */
  readonly to: readonly string[]
  readonly messageId: string
  readonly subject: string
  readonly text: string
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
          to: session.envelope.rcptTo.map(({ address }) => address),
          messageId: mail.messageId ?? '',
          subject: mail.subject ?? '',
          text: mail.text ?? '',
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
