/** A text as HTML content or attribute value: nothing in it is markup any more. */
export function escape(text: string): string {
  return text.replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** A letter's text as HTML, with http and https addresses as links and nothing else as markup. */
export function linked(text: string): string {
  let markup = ''
  let end = 0
  for (const match of text.matchAll(/\bhttps?:\/\/[^\s<>"'`]+/g)) {
    // The full stop or bracket that closes a sentence is not part of the address.
    const address = match[0].replace(/[.,;:!?)\]»]+$/, '')
    markup += escape(text.slice(end, match.index)) + link(address)
    end = match.index + address.length
  }
  return markup + escape(text.slice(end))
}

function link(address: string): string {
  return `<a href="${escape(address)}" rel="noopener noreferrer" target="_blank">${escape(address)}</a>`
}
