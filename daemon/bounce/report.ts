import { simpleParser, type Attachment, type ParsedMail } from 'mailparser'
import { verpForm } from './return-path.ts'

/** What a mail server says of one of our letters that it could not deliver. */
export interface Report {
  /** The letter, by whatever the report says of it: it is ours only if the registry knows it. */
  readonly letter: string
  /** Where it could not be delivered, as the report spells it; the address we wrote to may have been forwarded. */
  readonly recipients: readonly string[]
  /** `failed`: given up. Anything else (`delayed`, `relayed`, `delivered`, `expanded`) ends nothing. */
  readonly failed: boolean
  /** RFC 3463, such as `5.1.1`; null where none is said. */
  readonly status: string | null
}

export interface ReportRules {
  /** The host in the Message-ID of our letters. */
  readonly host: string
  /** The address that letters come back to (setting `letters.bounces.return_path`); null: it does not name the letter. */
  readonly returnPath: string | null
}

/** Recipients that are looked at; we write to one. */
const mostRecipients = 20
const letterForm = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'

/** Reads a delivery report (RFC 3464 in the `multipart/report` of RFC 6522). Null for whatever is none, or does not
 *  say of which letter, or of several: somebody must look at it. Never rejects.
 *  @param source the message, its beginning at least */
export async function readReport(source: Buffer, rules: ReportRules): Promise<Report | null> {
  const mail = await parsed(source)
  if (mail === null) return null
  const groups = fieldGroups(partOf(mail, /^message\/(global-)?delivery-status$/))
  const [about, ...each] = groups
  if (about === undefined || each.length === 0) return null
  const letters = new Set([
    ...lettersIn(about.get('original-envelope-id') ?? '', `^(${letterForm})$`),
    ...lettersIn(messageIdOf(mail), `^<(${letterForm})@${escaped(rules.host)}>$`),
    ...addressesOf(mail).flatMap((address) =>
      rules.returnPath === null ? [] : lettersIn(address, verpForm(rules.returnPath, letterForm)),
    ),
  ])
  const [letter, ...others] = letters
  if (letter === undefined || others.length > 0) return null

  const failures = each
    .slice(0, mostRecipients)
    .filter((fields) => fields.get('action')?.toLowerCase() === 'failed')
  const told = failures.length > 0 ? failures : each.slice(0, mostRecipients)
  return {
    letter,
    recipients: told.flatMap((fields) =>
      ['original-recipient', 'final-recipient'].flatMap((name) => addressIn(fields.get(name))),
    ),
    failed: failures.length > 0,
    status: told.flatMap((fields) => statusIn(fields.get('status')))[0] ?? null,
  }
}

async function parsed(source: Buffer): Promise<ParsedMail | null> {
  try {
    return await simpleParser(source, {
      keepDeliveryStatus: true,
      skipHtmlToText: true,
      skipTextToHtml: true,
      skipTextLinks: true,
      skipImageLinks: true,
    })
  } catch {
    return null
  }
}

function partOf({ attachments }: ParsedMail, form: RegExp): string {
  const part: Attachment | undefined = attachments.find(({ contentType }) => form.test(contentType))
  return part?.content.toString('latin1') ?? ''
}

/** The Message-ID of the letter that came back, whole or its head alone. */
function messageIdOf(mail: ParsedMail): string {
  const original = partOf(mail, /^(message\/(rfc822|global)(-headers)?|text\/rfc822-headers)$/)
  const [head] = fieldGroups(original)
  return head?.get('message-id') ?? ''
}

/** To whom the report itself came. */
function addressesOf({ headerLines }: ParsedMail): string[] {
  return headerLines
    .filter(({ key }) => ['to', 'delivered-to', 'x-original-to', 'envelope-to'].includes(key))
    .flatMap(({ line }) => line.split(/[\s,;:<>"]+/).filter((word) => word.includes('@')))
}

function lettersIn(text: string, form: string): string[] {
  const found = new RegExp(form, 'i').exec(text.trim())?.[1]
  return found === undefined ? [] : [found.toLowerCase()]
}

/** `rfc822; somebody@example.org` (RFC 3464, 2.3): the address. */
function addressIn(value: string | undefined): string[] {
  const found = /^\s*(?:rfc822|utf-8)\s*;\s*<?([^\s<>]{3,320}@[^\s<>]{1,255})>?\s*$/i.exec(value ?? '')?.[1]
  return found === undefined ? [] : [found]
}

function statusIn(value: string | undefined): string[] {
  const found = /^\s*([245]\.\d{1,3}\.\d{1,3})\b/.exec(value ?? '')?.[1]
  return found === undefined ? [] : [found]
}

/** Groups of fields, an empty line between them; the first of each name counts (RFC 5322, 2.2.3: folded lines). */
function fieldGroups(text: string): ReadonlyMap<string, string>[] {
  const unfolded = text.replace(/\r?\n[ \t]+/g, ' ')
  return unfolded
    .split(/(?:\r?\n){2,}/)
    .filter((group) => group.trim() !== '')
    .map((group) => {
      const fields = new Map<string, string>()
      for (const line of group.split(/\r?\n/)) {
        const [, name, value] = /^([!-9;-~]{1,64}):(.{0,998})/.exec(line) ?? []
        const key = name?.toLowerCase()
        if (key !== undefined && value !== undefined && !fields.has(key)) fields.set(key, value.trim())
      }
      return fields
    })
}

function escaped(text: string): string {
  return text.replace(/[^\w]/g, (character) => `\\${character}`)
}
