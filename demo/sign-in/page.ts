import { escape } from '../inbox/markup.ts'
import { style } from '../inbox/style.ts'
import { demoStaff } from './staff.ts'

/** Where the demonstration asks who one wants to be: there is no password. */
export function choicePage(action: string): string {
  const choices = demoStaff.map(
    ({ id, name, does }) =>
      `<li><button name="staff" value="${escape(id)}"><strong>${escape(name)}</strong> (${escape(id)})</button><p class="note">${escape(does)}</p></li>`,
  )
  return page(
    'Qui êtes-vous ?',
    `<p>Connexion de la démonstration : choisissez un membre du personnel. <span lang="en">Choose a member of staff; there is no password.</span></p>
<form method="post" action="${escape(action)}"><ul class="staff">${choices.join('\n')}</ul></form>`,
  )
}

/** The provider's own questions and refusals. `form` is its own markup. */
export function signOutPage(form: string): string {
  return page(
    'Se déconnecter',
    `${form}<p>Mettre fin à la session de la démonstration ? <span lang="en">End the session of the demonstration?</span></p>
<p><button form="op.logoutForm" name="logout" value="yes">Se déconnecter</button></p>`,
  )
}

export function refusalPage(words: string): string {
  return page('La connexion n’a pas abouti', `<p>${escape(words)}</p>`)
}

function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="fr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} – Connexion de la démonstration</title>
<style>${style}
main { max-width: 46rem; margin: 0 auto; }
main form { display: block; }
.staff { list-style: none; margin: 1rem 0; padding: 0; display: grid; gap: .75rem; }
.staff button { width: 100%; text-align: start; padding: .7rem 1rem; }
</style>
</head>
<body><main><h1>${title}</h1>${content}</main></body>
</html>
`
}
