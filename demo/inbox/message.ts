import { simpleParser, type AddressObject, type ParsedMail } from 'mailparser'

/** Somebody a letter is from or to; `Name` may be empty. */
export interface Correspondent {
  Name: string
  Address: string
}

/** One letter, as Mailpit's API names its parts. `Date` and `Created` are ISO 8601; `Size` is bytes. */
export interface Message {
  ID: string
  MessageID: string
  From: Correspondent
  To: Correspondent[]
  Cc: Correspondent[]
  /** Those it was sent to without being named in it. */
  Bcc: Correspondent[]
  ReplyTo: Correspondent[]
  ReturnPath: string
  Subject: string
  Date: string
  Created: string
  Text: string
  HTML: string
  Size: number
  raw: Buffer
}

export interface Envelope {
  from: string
  to: string[]
}

/** The letter that came over SMTP, read. */
export async function readMessage(
  raw: Buffer,
  { id, envelope, received }: { id: string; envelope: Envelope; received: Date },
): Promise<Message> {
  const mail = await simpleParser(raw)
  const to = correspondents(mail.to)
  const cc = correspondents(mail.cc)
  const named = new Set([...to, ...cc].map(({ Address }) => Address.toLowerCase()))
  return {
    ID: id,
    MessageID: (mail.messageId ?? '').replace(/^<|>$/g, ''),
    From: correspondents(mail.from)[0] ?? { Name: '', Address: envelope.from },
    To: to,
    Cc: cc,
    Bcc: envelope.to
      .filter((address) => !named.has(address.toLowerCase()))
      .map((address) => ({ Name: '', Address: address })),
    ReplyTo: correspondents(mail.replyTo),
    ReturnPath: envelope.from,
    Subject: mail.subject ?? '',
    Date: (mail.date ?? received).toISOString(),
    Created: received.toISOString(),
    Text: mail.text ?? '',
    HTML: mail.html || '',
    Size: raw.length,
    raw,
  }
}

/** The first 250 characters of the text, on one line. */
export function snippet({ Text }: Pick<Message, 'Text'>): string {
  return Text.slice(0, 1_000).replace(/\s+/g, ' ').trim().slice(0, 250)
}

function correspondents(given: ParsedMail['to']): Correspondent[] {
  const lists: AddressObject[] = given === undefined ? [] : Array.isArray(given) ? given : [given]
  return lists
    .flatMap((list) => list.value)
    .flatMap((entry) => [entry, ...(entry.group ?? [])])
    .flatMap(({ name, address }) => (address === undefined ? [] : [{ Name: name, Address: address }]))
}
