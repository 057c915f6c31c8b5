/** What mail servers send back. `mime` is the report of RFC 3464 as Postfix writes it; each part may be left out. */
export interface ReportFacts {
  readonly messageId?: string | null
  readonly envelopeId?: string | null
  readonly to?: string
  readonly recipient?: string | null
  readonly originalRecipient?: string | null
  readonly action?: string
  readonly status?: string
  /** The whole letter, or its head alone. */
  readonly original?: 'message/rfc822' | 'text/rfc822-headers'
}

export function reportOf({
  messageId = null,
  envelopeId = null,
  to = 'no_reply@sorbonne-universite.fr',
  recipient = null,
  originalRecipient = null,
  action = 'failed',
  status = '5.1.1',
  original = 'text/rfc822-headers',
}: ReportFacts): string {
  const lines = (...all: (string | null)[]) => all.filter((line) => line !== null).join('\r\n')
  return lines(
    'Return-Path: <>',
    'From: MAILER-DAEMON@mx.example.org (Mail Delivery System)',
    `To: ${to}`,
    'Subject: Undelivered Mail Returned to Sender',
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=delivery-status; boundary="=_b"',
    '',
    'This is a MIME-encapsulated message.',
    '',
    '--=_b',
    'Content-Description: Notification',
    'Content-Type: text/plain; charset=utf-8',
    '',
    'Votre message n’a pas pu être remis.',
    '',
    '--=_b',
    'Content-Description: Delivery report',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; mx.example.org',
    envelopeId === null ? null : `Original-Envelope-Id: ${envelopeId}`,
    'Arrival-Date: Tue, 15 Sep 2026 08:00:00 +0200 (CEST)',
    '',
    recipient === null ? 'Final-Recipient: rfc822;' : `Final-Recipient: rfc822; ${recipient}`,
    originalRecipient === null ? null : `Original-Recipient: rfc822;${originalRecipient}`,
    `Action: ${action}`,
    `Status: ${status}`,
    'Diagnostic-Code: smtp; 550 5.1.1 <x>: Recipient address rejected:',
    '    User unknown in virtual mailbox table',
    '',
    '--=_b',
    'Content-Description: Undelivered Message',
    `Content-Type: ${original}`,
    '',
    'From: no_reply@sorbonne-universite.fr',
    messageId === null ? null : `Message-ID:\r\n ${messageId}`,
    'Subject: Activation de votre compte',
    '',
    ...(original === 'message/rfc822' ? ['Bonjour,', ''] : []),
    '--=_b--',
    '',
  )
}
