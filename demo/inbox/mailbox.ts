import type { Message } from './message.ts'

/** The letters received, newest first, within bounds: the oldest are dropped. */
export interface Mailbox {
  add(message: Message): void
  all(): readonly Message[]
  /** Null when there is none; `latest` is the newest. */
  find(id: string): Message | null
  /** Those that fit every word of `query`: `to:`, `from:`, `subject:` or any text, `"…"` around several words. */
  search(query: string): readonly Message[]
  /** Removes these, or all without `ids`. */
  remove(ids?: readonly string[]): void
}

export function createMailbox(limit: { messages: number; bytes: number }): Mailbox {
  let kept: Message[] = []
  const bytes = () => kept.reduce((sum, message) => sum + message.Size, 0)
  return {
    add(message) {
      kept = [message, ...kept].slice(0, limit.messages)
      let total = bytes()
      while (total > limit.bytes && kept.length > 1) total -= kept.pop()?.Size ?? 0
    },
    all: () => kept,
    find: (id) => (id === 'latest' ? kept[0] : kept.find((message) => message.ID === id)) ?? null,
    search(query) {
      const terms = termsOf(query)
      return kept.filter((message) => terms.every((term) => fits(message, term)))
    },
    remove(ids) {
      kept = ids === undefined ? [] : kept.filter((message) => !ids.includes(message.ID))
    },
  }
}

interface Term {
  field: 'to' | 'from' | 'subject' | null
  text: string
}

const termLimit = 10

function termsOf(query: string): Term[] {
  const found = query.toLowerCase().matchAll(/(?:(to|from|subject):)?(?:"([^"]*)"|(\S+))/g)
  return [...found].slice(0, termLimit).map(([, field, quoted, bare]) => ({
    field: (field ?? null) as Term['field'],
    text: quoted ?? bare ?? '',
  }))
}

function fits(message: Message, { field, text }: Term): boolean {
  const people = (listed: Message['To']) => listed.map(({ Name, Address }) => `${Name} ${Address}`)
  const searched = {
    to: people([...message.To, ...message.Cc, ...message.Bcc]),
    from: people([message.From]),
    subject: [message.Subject],
  }
  const where = field === null ? [...Object.values(searched).flat(), message.Text] : searched[field]
  return where.some((value) => value.toLowerCase().includes(text))
}
