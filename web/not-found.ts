import type { FastifyInstance } from 'fastify'
import { sendProblem } from './problem-reply.ts'
import { problem } from './problem.ts'

const page = `<!doctype html>
<html lang="fr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Page introuvable · Page not found</title>
</head>
<body>
<main>
<h1>Cette page n’existe pas</h1>
<p><a href="/creation-motdepasse/">Activer votre compte ou changer votre mot de passe</a></p>
<div lang="en">
<h2>There is no such page</h2>
<p><a href="/creation-motdepasse/">Activate your account or change your password</a></p>
</div>
</main>
</body>
</html>
`

/** Unknown addresses: a problem where programs ask, a small page where people do. */
export function answerUnknown(app: FastifyInstance): void {
  app.setNotFoundHandler((request, reply) => {
    const reads = request.method === 'GET' || request.method === 'HEAD'
    if (!reads || /^\/(?:creation-motdepasse\/api|helpdesk\/api|cas)(?:[/?]|$)/.test(request.url)) {
      return sendProblem(reply, problem('REQUEST_UNKNOWN'))
    }
    return reply.code(404).header('cache-control', 'no-store').type('text/html; charset=utf-8').send(page)
  })
}
