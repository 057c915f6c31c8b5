import { ImapFlow } from 'imapflow'
import type { Clock } from '../../platform/clock.ts'
import { asIdentityError, IdentityError } from '../../platform/error.ts'
import { isLoopback } from '../../platform/settings.ts'

/** Where a message goes once what it says is recorded: `handled`, or `aside` for somebody to look at. */
export type Place = 'handled' | 'aside'

/** The mailbox to which letters come back. */
export interface BounceMailbox {
  /** Gives up to `count` messages to `read`, the oldest first, one by one, and moves each away afterwards. What `read`
   *  rejects with ends it, and that message stays. Rejects with BOUNCES_UNREADABLE (transient) when the mailbox cannot be
   *  read. Returns how many were moved. */
  empty(count: number, read: (source: Buffer) => Promise<Place>): Promise<number>
}

export interface BounceMailboxOptions {
  /** `imap://` or `imaps://`, with credentials. */
  readonly url: string
  readonly folder: string
  /** Folders that messages are moved to; made where they are not there. */
  readonly folders: Readonly<Record<Place, string>>
  /** For everything that one visit does. */
  readonly visitMs: number
  /** Whether the password may travel in clear beyond loopback (setting `letters.bounces.tls`). */
  readonly inClear: boolean
  readonly clock: Pick<Clock, 'after'>
}

/** Bytes of a message that are read: a report has a few thousand, and brings the head of our letter. */
const readBytes = 256 * 1024
const connectMs = 10_000

/** A mailbox by IMAP (RFC 9051), visited and left again: nothing is held open that could be half open. */
export function createImapMailbox(options: BounceMailboxOptions): BounceMailbox {
  return {
    async empty(count, read) {
      const reading = { failed: false }
      const client = clientFor(options)
      using _deadline = options.clock.after(options.visitMs, () => client.close())
      try {
        await client.connect()
        return await visit(client, options, count, (source) =>
          read(source).catch((error: unknown) => {
            reading.failed = true
            throw error
          }),
        )
      } catch (cause) {
        throw reading.failed ? asIdentityError(cause) : unreadable(cause)
      } finally {
        client.close()
      }
    },
  }
}

async function visit(
  client: ImapFlow,
  { folder, folders }: BounceMailboxOptions,
  count: number,
  read: (source: Buffer) => Promise<Place>,
): Promise<number> {
  const opened = await client.mailboxOpen(folder)
  if (opened.exists === 0) return 0
  const uids = (await client.search({ all: true }, { uid: true })) || []
  for (const name of Object.values(folders)) await client.mailboxCreate(name)
  let moved = 0
  for (const uid of uids.toSorted((one, other) => one - other).slice(0, count)) {
    const message = await client.fetchOne(
      String(uid),
      { source: { start: 0, maxLength: readBytes } },
      { uid: true },
    )
    // Somebody else has taken it away meanwhile.
    if (message === false) continue
    const place = await read(message.source ?? Buffer.alloc(0))
    // What it says is recorded: whoever dies before this reads it again, and records nothing twice.
    await client.messageMove(String(uid), folders[place], { uid: true })
    moved += 1
  }
  return moved
}

function clientFor({ url, inClear, visitMs }: BounceMailboxOptions): ImapFlow {
  const { protocol, hostname, port, username, password } = new URL(url)
  const secure = protocol === 'imaps:'
  const client = new ImapFlow({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port) || (secure ? 993 : 143),
    secure,
    // A server of this machine often offers a certificate that nobody could check.
    ...(secure ? {} : { doSTARTTLS: !isLoopback(hostname) && !inClear }),
    auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) },
    logger: false,
    disableAutoIdle: true,
    connectionTimeout: connectMs,
    greetingTimeout: connectMs,
    socketTimeout: visitMs,
    maxLiteralSize: 4 * readBytes,
  })
  // Every error also ends the command under way; without a listener it would end the process.
  client.on('error', () => undefined)
  return client
}

function unreadable(cause: unknown): IdentityError {
  const { authenticationFailed = false } = cause as { authenticationFailed?: boolean }
  const message = authenticationFailed
    ? 'the mailbox of returned letters refuses our credentials'
    : 'the mailbox of returned letters cannot be read'
  return new IdentityError('BOUNCES_UNREADABLE', message, { cause, transient: true })
}
