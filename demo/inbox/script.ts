/** Runs in the browser: every two seconds, when the newest letter is another one, the list is taken from a
 *  fresh copy of the page. The letter being read is left alone. */
export const script = `'use strict'
const list = document.getElementById('letters')
let known = null

async function newest() {
  const answer = await fetch('/api/v1/messages?limit=1')
  const { total, messages } = await answer.json()
  return total + ' ' + (messages[0]?.ID ?? '')
}

async function refresh() {
  if (document.hidden) return
  const seen = await newest()
  if (known !== null && seen !== known) {
    const answer = await fetch(location.href)
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('letters')
    if (fresh !== null) {
      const focused = document.activeElement?.closest('#letters a')?.getAttribute('href')
      list.replaceChildren(...fresh.childNodes)
      if (focused) list.querySelector('a[href="' + CSS.escape(focused) + '"]')?.focus()
    }
  }
  known = seen
}

if (list !== null) {
  setInterval(() => refresh().catch(() => {}), 2000)
  refresh().catch(() => {})
}
`
