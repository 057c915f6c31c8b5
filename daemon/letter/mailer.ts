import { createTransport } from 'nodemailer'
import { IdentityError } from '../../platform/error.ts'

export interface Mail {
  /** The same for every attempt at one letter, so that a server or a reader can tell a repetition. */
  readonly messageId: string
  readonly from: string
  readonly to: string
  readonly subject: string
  readonly text: string
}

/** What carries letters. `send` resolves once the server has accepted the letter, and throws LETTER_UNDELIVERED
 *  (transient: another attempt may succeed) or LETTER_REFUSED (the server said no for good). */
export interface Mailer {
  send(mail: Mail): Promise<void>
  close(): void
}

const aboutTheLetter: ReadonlySet<string> = new Set(['RCPT TO', 'DATA'])

/** Letters by SMTP (RFC 5321). `url` is `smtp://` or `smtps://`, with credentials if the server wants them. */
export function createSmtpMailer(url: string, timeoutMs = 20_000): Mailer {
  const transport = createTransport({
    url,
    pool: true,
    maxConnections: 5,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return {
    async send({ messageId, from, to, subject, text }) {
      try {
        await transport.sendMail({
          messageId: `<${messageId}>`,
          from,
          // The envelope is ours, word for word: no parser gets to find another recipient in it.
          to: { name: '', address: to },
          envelope: { from: from.replace(/^.*<(.*)>$/, '$1'), to: [to] },
          subject,
          text,
          textEncoding: 'quoted-printable',
          headers: { 'Auto-Submitted': 'auto-generated', 'Content-Language': 'fr, en' },
        })
      } catch (cause) {
        const { responseCode: code, command } = cause as { responseCode?: number; command?: string }
        // Only what was said to this letter condemns it: a greeting or our credentials refused is nobody's letter.
        if (code !== undefined && code >= 500 && aboutTheLetter.has(command ?? '')) {
          throw new IdentityError('LETTER_REFUSED', `the mail server answered ${code}`, {
            cause,
            details: { code },
          })
        }
        throw new IdentityError('LETTER_UNDELIVERED', `the mail server ${code ?? 'cannot be reached'}`, {
          cause,
          transient: true,
          details: { code: code ?? null },
        })
      }
    },
    close: () => transport.close(),
  }
}
