import { escape, linked } from './markup.ts'
import { snippet, type Correspondent, type Message } from './message.ts'

const shown = 500

export interface InboxView {
  messages: readonly Message[]
  /** What was searched for; empty for all. */
  query: string
  /** The one being read. */
  message: Message | null
}

/** The list of letters, and beside it the one being read. */
export function inboxPage({ messages, query, message }: InboxView): string {
  const title = message === null ? 'Boîte de démonstration' : message.Subject || withoutSubject
  return layout(
    title,
    message === null ? 'listing' : 'reading',
    `<header>
<h1><a href="/">Boîte de démonstration</a></h1>
<p>Tous les courriers envoyés par Matricule arrivent ici ; aucun ne part.</p>
<form role="search" action="/" method="get">
<label for="query">Destinataire ou mot</label>
<input id="query" name="query" type="search" value="${escape(query)}" placeholder="ada@example.org" maxlength="200">
<button>Chercher</button>
</form>
</header>
<nav id="letters" aria-label="Courriers">
${list(messages, query, message)}
</nav>
<main id="letter">
${message === null ? welcome(messages.length) : letter(message, query)}
</main>`,
  )
}

/** Shown for an address or a letter that does not exist (any more). */
export const unknownPage = layout(
  'Introuvable',
  'reading',
  '<main id="letter"><h1>Ce courrier n’est pas (ou plus) là</h1><p><a href="/">Voir tous les courriers</a></p></main>',
)

const withoutSubject = '(sans objet)'

function list(messages: readonly Message[], query: string, current: Message | null): string {
  const count = messages.length === 1 ? '1 courrier' : `${messages.length} courriers`
  const items = messages.slice(0, shown).map((message) => item(message, query, message === current))
  const more = messages.length > shown ? `<p class="note">Les ${shown} plus récents sont affichés.</p>` : ''
  return `<p class="note" role="status">${count}</p>\n<ul>\n${items.join('\n')}\n</ul>\n${more}`
}

function item(message: Message, query: string, current: boolean): string {
  return `<li><a href="/message/${encodeURIComponent(message.ID)}${suffix(query)}"${current ? ' aria-current="page"' : ''}>
<span class="to">${addresses(message.To.length > 0 ? message.To : message.Bcc)}</span>
<time datetime="${message.Created}">${shortTime.format(new Date(message.Created))}</time>
<strong>${escape(message.Subject || withoutSubject)}</strong>
<span class="snippet">${escape(snippet(message))}</span>
</a></li>`
}

function letter(message: Message, query: string): string {
  const hidden = message.Bcc.length > 0 ? `<dt>Copie cachée</dt><dd>${people(message.Bcc)}</dd>` : ''
  return `<p class="back"><a href="/${suffix(query)}">← Tous les courriers</a></p>
<article>
<h2>${escape(message.Subject || withoutSubject)}</h2>
<dl>
<dt>De</dt><dd>${people([message.From])}</dd>
<dt>À</dt><dd>${people(message.To)}</dd>
${hidden}
<dt>Reçu</dt><dd><time datetime="${message.Created}">${time(message.Created)}</time></dd>
</dl>
<pre>${linked(message.Text)}</pre>
</article>
<p class="note"><a href="/api/v1/message/${encodeURIComponent(message.ID)}/raw">Source du courrier</a></p>`
}

function welcome(count: number): string {
  return count === 0
    ? '<p class="empty">Aucun courrier pour l’instant. Cette page se met à jour toute seule.</p>'
    : '<p class="empty">Choisissez un courrier pour le lire.</p>'
}

function suffix(query: string): string {
  return query === '' ? '' : `?query=${encodeURIComponent(query)}`
}

function people(listed: readonly Correspondent[]): string {
  return listed.map(({ Name, Address }) => escape(Name === '' ? Address : `${Name} <${Address}>`)).join(', ')
}

function addresses(listed: readonly Correspondent[]): string {
  return listed.map(({ Address }) => escape(Address)).join(', ')
}

const shortTime = new Intl.DateTimeFormat('fr-FR', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  timeZone: 'Europe/Paris',
})
const longTime = new Intl.DateTimeFormat('fr-FR', {
  dateStyle: 'medium',
  timeStyle: 'medium',
  timeZone: 'Europe/Paris',
})

function time(instant: string): string {
  return longTime.format(new Date(instant))
}

function layout(title: string, view: 'listing' | 'reading', body: string): string {
  return `<!doctype html>
<html lang="fr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escape(title)}</title>
<link rel="stylesheet" href="/inbox.css">
<script src="/inbox.js" defer></script>
</head>
<body class="${view}">
${body}
</body>
</html>
`
}
