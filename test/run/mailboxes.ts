import { createMailboxTarget, type MailboxTargetOptions } from '../../daemon/target/zimbra/mailbox.ts'
import type { Target } from '../../daemon/target/target.ts'
import { mailboxProfile } from '../../domain/profiles/mailbox.ts'
import { administrator, type TestZimbra } from './zimbra/server.ts'

/** The mailboxes of a Zimbra as a target, as the house makes it unless told otherwise. */
export function mailboxesAt(
  { url, domain }: Pick<TestZimbra, 'url' | 'domain'>,
  {
    forwardByDefault = true,
    ...options
  }: Pick<MailboxTargetOptions, 'registry' | 'clock'> &
    Partial<MailboxTargetOptions> & { forwardByDefault?: boolean },
): Target {
  return createMailboxTarget({
    profile: mailboxProfile({ domain: domain.name, forwardByDefault }),
    mode: 'write',
    createdBy: 'matricule',
    url,
    admin: administrator.name,
    password: administrator.password,
    connections: 4,
    timeoutMs: 5_000,
    listingMs: 5_000,
    ...options,
  })
}
