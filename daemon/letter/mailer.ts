import type { Readable } from 'node:stream'
import { createTransport } from 'nodemailer'
import type { Clock } from '../../platform/clock.ts'
import { IdentityError } from '../../platform/error.ts'
import { isLoopback } from '../../platform/settings.ts'

export interface Mail {
  /** The same for every attempt at one letter, so that a server or a reader can tell a repetition. */
  readonly messageId: string
  readonly from: string
  /** Where it comes back to when it cannot be delivered; absent: `from`. */
  readonly returnPath?: string
  readonly to: string
  readonly subject: string
  readonly text: string
  /** The same words for readers of HTML; absent: text alone. */
  readonly html?: string
  readonly attachments?: readonly Attachment[]
}

/** A file of text beside a letter. */
export interface Attachment {
  readonly name: string
  /** Its media type. */
  readonly type: string
  readonly text: string
}

/** What carries letters. `send` resolves once the server has accepted the letter, and throws LETTER_UNDELIVERED
 *  (transient: another attempt may succeed) or LETTER_REFUSED (the server said no for good). `details.heard` says
 *  whether this letter was spoken of, or only greetings, TLS and credentials. */
export interface Mailer {
  send(mail: Mail): Promise<void>
  /** Milliseconds after which `send` has ended, whatever the server does. */
  readonly longestMs: number
  /** Ends at once, with what is under way. */
  close(): void
}

export interface MailerOptions {
  /** `smtp://` or `smtps://`, with credentials if the server wants them. */
  readonly url: string
  readonly clock: Pick<Clock, 'after'>
  /** Whether letters may travel in clear beyond loopback (setting `letters.tls`). */
  readonly inClear?: boolean
  /** For a connection to stand, greeted and encrypted (setting `letters.connect_timeout_seconds`). */
  readonly connectMs: number
  /** For one letter in all (setting `letters.timeout_seconds`). */
  readonly letterMs: number
}

/** Connections to the mail server, and letters on their way, at once. */
export const atOnce = 5

/** Ours is closed this long after the server was told, should it not close its own. */
const closeMs = 500

const aboutTheLetter: ReadonlySet<string> = new Set(['RCPT TO', 'DATA'])

/** Letters by SMTP (RFC 5321). Only on loopback does anything travel in clear, unless it was asked for: elsewhere a server that does not
 *  encrypt, by a certificate we can check, gets neither credentials nor a letter. */
export function createSmtpMailer({
  url,
  clock,
  inClear = false,
  connectMs,
  letterMs,
}: MailerOptions): Mailer {
  const transport = createTransport({
    url,
    pool: true,
    maxConnections: atOnce,
    connectionTimeout: connectMs,
    greetingTimeout: connectMs,
    socketTimeout: letterMs,
    socketCloseTimeout: closeMs,
    // A mail server of this machine often offers a certificate that nobody could check.
    ...(isLoopback(new URL(url).hostname) ? { ignoreTLS: true } : inClear ? {} : { requireTLS: true }),
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  /** What the server is sent of each letter on its way. */
  const contents = new Map<unknown, Readable>()
  transport.use('stream', ({ message, data }, done) => {
    message.processFunc((content) => {
      contents.set(data.signal, content)
      return content
    })
    done()
  })
  return {
    longestMs: letterMs,
    async send({ messageId, from, returnPath, to, subject, text, html, attachments = [] }) {
      const late = new AbortController()
      // A server that says a little now and then is never silent: only this ends it.
      using _deadline = clock.after(letterMs, () => late.abort())
      try {
        await transport.sendMail({
          messageId: `<${messageId}>`,
          from,
          // The envelope is ours, word for word: no parser gets to find another recipient in it.
          to: { name: '', address: to },
          envelope: { from: returnPath ?? from.replace(/^.*<(.*)>$/, '$1'), to: [to] },
          // A report names the letter (RFC 3461) and brings its head alone: a key or a link would lie in a mailbox
          // that others read.
          dsn: { id: messageId.replace(/@.*$/, ''), return: 'headers', notify: ['failure'] },
          subject,
          text,
          ...(html === undefined ? {} : { html }),
          textEncoding: 'quoted-printable',
          attachments: attachments.map(({ name, type, text: content }) => ({
            filename: name,
            contentType: type,
            content,
          })),
          headers: { 'Auto-Submitted': 'auto-generated', 'Content-Language': 'fr, en' },
          signal: late.signal,
        })
      } catch (cause) {
        const { responseCode: code = null, command = '' } = cause as {
          responseCode?: number
          command?: string
        }
        const answered = aboutTheLetter.has(command)
        // Only what was said to this letter condemns it: a greeting or our credentials refused is nobody's letter.
        if (code !== null && code >= 500 && code < 600 && answered) {
          throw new IdentityError('LETTER_REFUSED', `the mail server answered ${code}`, {
            cause,
            details: { code, heard: true },
          })
        }
        throw new IdentityError('LETTER_UNDELIVERED', `the mail server ${code ?? 'cannot be reached'}`, {
          cause,
          transient: true,
          // Once the server has asked for it, a letter may have arrived, whatever was said or not said since.
          details: { code, heard: answered || contents.get(late.signal)?.readableDidRead === true },
        })
      } finally {
        contents.delete(late.signal)
      }
    },
    close: () => transport.close({ force: true }),
  }
}
