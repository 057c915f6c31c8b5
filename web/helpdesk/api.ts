import type { FastifyInstance, FastifyRequest } from 'fastify'
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import { may, type Staff } from '../../domain/staff.ts'
import { IdentityError } from '../../platform/error.ts'
import { limitByNetwork, type CoarseLimit } from '../coarse-limit.ts'
import { refuseOtherSites } from '../guards.ts'
import { readJsonOnly } from '../json-body.ts'
import { describeApi } from '../openapi.ts'
import type { Helpdesk } from './options.ts'
import type { DeskApi } from './routes/given.ts'
import { addressRoutes } from './routes/address.ts'
import { keyRoutes } from './routes/key.ts'
import { letterRoutes } from './routes/letter.ts'
import { listRoutes } from './routes/list.ts'
import { lockRoutes } from './routes/lock.ts'
import { planRoutes } from './routes/plan.ts'
import { readAgainRoutes } from './routes/read-again.ts'
import { sessionRoutes } from './routes/session.ts'
import { studentRoutes } from './routes/student.ts'
import { surveyRoutes } from './routes/survey.ts'
import { signedIn } from './session.ts'

export const deskApiPrefix = '/helpdesk/api'

/** The API of the helpdesk. `scope` is already under `deskApiPrefix`. Every route says whom it is for; one that does
 *  not is for nobody. */
export async function deskApiRoutes(
  scope: FastifyInstance,
  desk: Helpdesk,
  limit: CoarseLimit,
): Promise<void> {
  const { baseUrl } = desk.rules
  readJsonOnly(scope)
  scope.setValidatorCompiler(validatorCompiler)
  scope.setSerializerCompiler(serializerCompiler)
  refuseOtherSites(scope, baseUrl)
  await limitByNetwork(scope, 'helpdesk', limit)

  const known = new WeakMap<object, Staff>()
  scope.addHook('onRequest', async (request) => {
    known.set(request, await admitted(desk, request))
  })
  await describeApi(scope, { baseUrl, title: 'Matricule: the helpdesk' })

  const api: DeskApi = {
    app: scope.withTypeProvider<ZodTypeProvider>(),
    desk,
    staffOf(request) {
      const staff = known.get(request)
      if (staff === undefined) throw new IdentityError('SIGN_IN_NEEDED', 'nobody is signed in')
      return staff
    },
  }
  sessionRoutes(api)
  studentRoutes(api)
  keyRoutes(api)
  addressRoutes(api)
  lockRoutes(api)
  letterRoutes(api)
  readAgainRoutes(api)
  listRoutes(api)
  planRoutes(api)
  surveyRoutes(api)
}

/** Who asks, should they be allowed to. Throws SIGN_IN_NEEDED or ROLE_MISSING. */
async function admitted(desk: Helpdesk, request: FastifyRequest): Promise<Staff> {
  const staff = await signedIn(desk, request)
  if (staff === null) throw new IdentityError('SIGN_IN_NEEDED', 'nobody is signed in')
  const { act } = request.routeOptions.config
  // What is not there, and the description of what is, are for whoever is signed in.
  if (act === undefined && !request.is404 && request.routeOptions.url !== `${deskApiPrefix}/openapi.json`)
    throw new IdentityError('ROLE_MISSING', 'this route is for nobody')
  if (act !== undefined && act !== 'session' && !may(staff, act))
    throw new IdentityError('ROLE_MISSING', 'this takes another role')
  return staff
}
