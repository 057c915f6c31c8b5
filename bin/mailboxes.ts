import { readFileSync } from 'node:fs'
import type { Target } from '../daemon/target/target.ts'
import { createMailboxTarget } from '../daemon/target/zimbra/mailbox.ts'
import { mailboxProfile } from '../domain/profiles/mailbox.ts'
import type { Clock } from '../platform/clock.ts'
import { readSecretFile } from '../platform/files.ts'
import type { Config } from '../platform/settings.ts'
import type { Registry } from '../registry/open.ts'

/** Where Zimbra answers administrators, unless the address says otherwise. */
const usualPath = '/service/admin/soap/'

/** The mailboxes, as a target; none where no Zimbra is named. */
export function mailboxesOf({ zimbra, address, daemon }: Config, registry: Registry, clock: Clock): Target[] {
  if (zimbra.url === '') return []
  const url = new URL(zimbra.url)
  if (url.pathname === '/') url.pathname = usualPath
  return [
    createMailboxTarget({
      profile: mailboxProfile({ domain: address.domain, forwardByDefault: zimbra.forward_by_default }),
      mode: zimbra.mode,
      createdBy: zimbra.created_by,
      restMs: zimbra.compare_every_minutes * 60_000,
      registry,
      url: url.href,
      admin: zimbra.admin,
      password: zimbra.password_file === null ? '' : readSecretFile(zimbra.password_file),
      ...(zimbra.ca_file === null ? {} : { ca: readFileSync(zimbra.ca_file, 'utf8') }),
      connections: zimbra.connections,
      timeoutMs: daemon.operation_timeout_seconds * 1000,
      listingMs: zimbra.listing_timeout_seconds * 1000,
      clock,
    }),
  ]
}
