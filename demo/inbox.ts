import type { AddressInfo } from 'node:net'
import type { SMTPServer } from 'smtp-server'
import type { Chance } from '../platform/chance.ts'
import type { Clock } from '../platform/clock.ts'
import type { Log } from '../platform/log.ts'
import { portBusy } from '../platform/port-busy.ts'
import { createMailbox } from './inbox/mailbox.ts'
import { createReceiver } from './inbox/receiver.ts'
import { createInboxSite } from './inbox/site.ts'

export interface InboxOptions {
  clock: Clock
  chance: Chance
  log: Pick<Log, 'info' | 'warn' | 'error'>
}

/** Where the inbox listens: SMTP, and its page with the API. Port 0 takes any free one. */
export interface InboxPorts {
  smtpPort: number
  port: number
}

export interface Inbox {
  /** Throws PORT_BUSY, naming `inbox.smtp_port` or `inbox.port`; nothing listens then. */
  listen(at: InboxPorts & { host: string }): Promise<InboxPorts>
  close(): Promise<void>
}

/** The inbox of the demonstration: takes every letter over SMTP, delivers none, and shows them on a page and
 *  by an API in Mailpit's shapes. Everything is in memory and gone at the end. For loopback: it asks nobody
 *  who they are. */
export function createInbox({ clock, chance, log }: InboxOptions): Inbox {
  const mailbox = createMailbox({ messages: 2_000, bytes: 64 * 1024 * 1024 })
  const receiver = createReceiver({ mailbox, clock, chance, log })
  const site = createInboxSite({ mailbox, log })
  let receiving = false
  const close = async () => {
    if (receiving) await closed(receiver)
    receiving = false
    await site.close()
  }
  return {
    async listen({ host, smtpPort, port }) {
      try {
        await opened(receiver, smtpPort, host)
        receiving = true
      } catch (error) {
        await close()
        throw portBusy('inbox.smtp_port', smtpPort, error)
      }
      try {
        await site.listen({ host, port })
      } catch (error) {
        await close()
        throw portBusy('inbox.port', port, error)
      }
      const ports = { smtpPort: portOf(receiver.server), port: portOf(site.server) }
      log.info('inbox-listening', { ...ports })
      return ports
    },
    close,
  }
}

function portOf(server: { address(): string | AddressInfo | null }): number {
  return (server.address() as AddressInfo).port
}

function opened(receiver: SMTPServer, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    receiver.server.once('error', reject)
    receiver.listen(port, host, () => {
      receiver.server.off('error', reject)
      resolve()
    })
  })
}

function closed(receiver: SMTPServer): Promise<void> {
  return new Promise((resolve) => receiver.close(() => resolve()))
}
