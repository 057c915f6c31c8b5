import type { Api } from './given.ts'
import { failures, linksAnswer } from './shapes.ts'

/** Where to go next, and whom to ask: settings, for the page to show. */
export function linksRoutes({ app, config }: Api): void {
  app.route({
    method: 'GET',
    url: '/links',
    schema: {
      summary: 'Addresses of the services, and contacts',
      description: 'Null where the university has set none.',
      response: { 200: linksAnswer, ...failures(429) },
    },
    handler: () =>
      Promise.resolve({
        ...config.links,
        services: [...config.links.services],
        contacts: [...config.contacts],
      }),
  })
}
