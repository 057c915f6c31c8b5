import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { AppOptions } from './options.ts'

export const pageUrl = '/creation-motdepasse/'

/** The built page. The guide prints its address without a final slash: both are served alike, without a
 *  redirect. Files under `assets/` bear a digest in their name and may be kept for ever. */
export async function servePage(app: FastifyInstance, { config, log }: AppOptions): Promise<void> {
  if (!existsSync(join(config.pageFolder, 'index.html'))) {
    log.warn('page-missing', { folder: config.pageFolder })
  }
  await app.register(fastifyStatic, {
    root: config.pageFolder,
    prefix: pageUrl,
    index: false,
    dotfiles: 'ignore',
    acceptRanges: false,
    preCompressed: true,
    cacheControl: false,
    suppressWarning: true,
    setHeaders: (reply, path) => {
      const kept = path.startsWith(join(config.pageFolder, 'assets', '/'))
      reply.header('cache-control', kept ? 'public, max-age=31536000, immutable' : 'no-store')
    },
  })
  const asking = config.asksBirthDate ? askingBirthDate(config.pageFolder) : null
  const index = (_request: FastifyRequest, reply: FastifyReply) =>
    asking === null
      ? reply.sendFile('index.html')
      : reply.header('cache-control', 'no-store').type('text/html; charset=utf-8').send(asking)
  for (const url of ['/creation-motdepasse', pageUrl, '/accessibilite', '/accessibilite/'])
    app.get(url, index)
  app.get('/', (_request, reply) => reply.redirect(pageUrl))
}

/** The page that asks the birth date too: told by an attribute, so that the field is there from the first sight on. */
function askingBirthDate(folder: string): string | null {
  const file = join(folder, 'index.html')
  return existsSync(file) ? readFileSync(file, 'utf8').replace('<html ', '<html data-asks-birth-date ') : null
}
