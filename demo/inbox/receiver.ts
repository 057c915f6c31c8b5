import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server'
import { randomText, type Chance } from '../../platform/chance.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Log } from '../../platform/log.ts'
import type { Mailbox } from './mailbox.ts'
import { readMessage, type Envelope } from './message.ts'

const sizeLimit = 1024 * 1024
const recipientLimit = 100
const idAlphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

export interface ReceiverOptions {
  mailbox: Mailbox
  clock: Clock
  chance: Chance
  log: Pick<Log, 'info' | 'warn'>
}

/** An SMTP server (RFC 5321) that accepts everything for everybody: no sign-in, no TLS, 1 MiB at most.
 *  A letter is in the mailbox before it is acknowledged. */
export function createReceiver({ mailbox, clock, chance, log }: ReceiverOptions): SMTPServer {
  const keep = async (stream: SMTPServerDataStream, session: SMTPServerSession) => {
    const raw = await gather(stream)
    const id = randomText(chance, idAlphabet, 22)
    mailbox.add(await readMessage(raw, { id, envelope: envelopeOf(session), received: clock.now() }))
    log.info('inbox-received', { size: raw.length })
  }
  const receiver = new SMTPServer({
    banner: 'Matricule demonstration inbox',
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    hideSize: false,
    size: sizeLimit,
    maxClients: 100,
    socketTimeout: 60_000,
    closeTimeout: 1_000,
    onRcptTo(_address, session, done) {
      if (session.envelope.rcptTo.length < recipientLimit) done()
      else done(reply(452, 'too many recipients'))
    },
    onData(stream, session, done) {
      keep(stream, session).then(
        () => done(),
        (error: unknown) => {
          log.warn('inbox-refused', {})
          done(error instanceof Error && 'responseCode' in error ? error : reply(554, 'this cannot be read'))
        },
      )
    },
  })
  // Connections that break are the sender's to notice.
  receiver.on('error', () => undefined)
  return receiver
}

/** The whole letter. It is read to its end even when it is too large, or the dialogue would stall. */
async function gather(stream: SMTPServerDataStream): Promise<Buffer> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of stream as AsyncIterable<Buffer>) {
    size += part.length
    if (size <= sizeLimit) parts.push(part)
  }
  if (size > sizeLimit) throw reply(552, `larger than ${sizeLimit} bytes`)
  return Buffer.concat(parts)
}

function envelopeOf({ envelope }: SMTPServerSession): Envelope {
  return {
    from: envelope.mailFrom === false ? '' : envelope.mailFrom.address,
    to: envelope.rcptTo.map((recipient) => recipient.address),
  }
}

function reply(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode })
}
