import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'

/** Gathers the calls registered after it, and serves their description at `/openapi.json`. */
export async function describeApi(
  scope: FastifyInstance,
  { baseUrl, title }: { baseUrl: string; title: string },
): Promise<void> {
  await scope.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title,
        description: 'Errors are RFC 9457 problems; programs read `code`.',
        version: '1',
      },
      servers: [{ url: baseUrl }],
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  })
  scope.get('/openapi.json', { schema: { hide: true } }, (_request, reply) => reply.send(scope.swagger()))
}
