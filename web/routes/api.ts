import type { FastifyInstance } from 'fastify'
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import { limitByNetwork } from '../coarse-limit.ts'
import { refuseOtherSites, refuseQueries } from '../guards.ts'
import { readJsonOnly } from '../json-body.ts'
import { describeApi } from '../openapi.ts'
import type { AppOptions } from '../options.ts'
import { activationRoutes } from './activation.ts'
import type { Api } from './given.ts'
import { linksRoutes } from './links.ts'
import { progressRoutes } from './progress.ts'
import { resetRoutes } from './reset.ts'
import { strengthRoutes } from './strength.ts'

export const apiPrefix = '/creation-motdepasse/api'

/** The HTTP API of the page. `scope` is already under `apiPrefix`. */
export async function apiRoutes(scope: FastifyInstance, options: AppOptions): Promise<void> {
  readJsonOnly(scope)
  scope.setValidatorCompiler(validatorCompiler)
  scope.setSerializerCompiler(serializerCompiler)
  refuseOtherSites(scope, options.config.baseUrl)
  refuseQueries(scope)
  await limitByNetwork(scope, 'page', { ...options, ...options.config })
  await describeApi(scope, {
    baseUrl: options.config.baseUrl,
    title: 'Matricule: the page where students take possession of their account',
  })

  const api: Api = { ...options, app: scope.withTypeProvider<ZodTypeProvider>() }
  activationRoutes(api)
  resetRoutes(api)
  strengthRoutes(api)
  progressRoutes(api)
  linksRoutes(api)
}
