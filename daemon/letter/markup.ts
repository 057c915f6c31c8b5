/** A letter's text as HTML, for readers who see no other: the same words, French then English, each said to be so. What
 *  the text holds is told as text, addresses of pages alone become links, and the key stands out in one piece. No image,
 *  no script, nothing from elsewhere: whoever opens it tells nobody. Pure. */
export function letterMarkup(subject: string, text: string): string {
  const [french = '', english] = text.split(/^-{20,}$/m)
  const parts = [
    section('fr', french),
    ...(english === undefined ? [] : [`<hr style="${styles.rule}">`, section('en', english)]),
  ]
  return `<!doctype html>
<html lang="fr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(subject)}</title>
</head>
<body style="${styles.body}">
${parts.join('\n')}
</body>
</html>
`
}

/** Readers of mail take styles from attributes alone. Colours are left to the reader, light or dark. */
const styles = {
  body: 'margin:0 auto;padding:16px;max-width:38em;font:16px/1.5 system-ui,sans-serif;overflow-wrap:anywhere',
  paragraph: 'margin:0 0 1em',
  rule: 'margin:2em 0;border:0;border-top:1px solid #8a84a3',
  key: 'font:bold 1.25em/1.5 ui-monospace,monospace;white-space:nowrap',
} as const

function section(lang: string, text: string): string {
  const paragraphs = text
    .trim()
    .split(/\n{2,}/)
    .map((paragraph) => `<p style="${styles.paragraph}">${marked(paragraph)}</p>`)
  return `<div lang="${lang}">\n${paragraphs.join('\n')}\n</div>`
}

function marked(paragraph: string): string {
  return paragraph.split('\n').map(line).join('<br>\n')
}

function line(text: string): string {
  const [, name = '', key = ''] = /^(Clef d['’]activation : )(\S+)$/.exec(text) ?? []
  if (key !== '') return `${escaped(name)}<span style="${styles.key}">${escaped(key)}</span>`
  return text
    .split(/(https?:\/\/[^\s<>"']+)/)
    .map((piece, place) => (place % 2 === 1 ? link(piece) : escaped(piece)))
    .join('')
}

/** The full stop or bracket that ends a sentence is no part of its address. */
function link(piece: string): string {
  const address = piece.replace(/[.,;:!?)\]»]+$/, '')
  return `<a href="${escaped(address)}">${escaped(address)}</a>${escaped(piece.slice(address.length))}`
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
}
