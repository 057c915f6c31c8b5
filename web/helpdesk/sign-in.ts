import type { FastifyInstance } from 'fastify'
import { rolesOf, scopeOf } from '../../domain/staff.ts'
import { asIdentityError, IdentityError } from '../../platform/error.ts'
import { remember } from '../../registry/audit.ts'
import { endSessionsOf } from '../../registry/staff-sessions.ts'
import { isCrossSite } from '../origin.ts'
import { sendProblem } from '../problem-reply.ts'
import { problem } from '../problem.ts'
import type { Helpdesk } from './options.ts'
import { beginSession, keepSignIn, leaveSession, takeSignIn } from './session.ts'

export const deskUrl = '/helpdesk'
/** Where the provider sends people back. */
export const callbackUrl = '/helpdesk/callback'

/** Signing in at the provider, coming back, signing out here and there. `app` reads cookies. */
export function signInRoutes(app: FastifyInstance, desk: Helpdesk): void {
  const { provider, rules, log, registry, clock } = desk

  app.get('/helpdesk/sign-in', async (_request, reply) => {
    const { to, kept } = await provider.begin()
    await keepSignIn(desk, reply, kept)
    return reply.redirect(to.href)
  })

  app.get(callbackUrl, async (request, reply) => {
    try {
      // From the settings, not from the Host of the request: that one anybody may choose.
      const returned = new URL(request.url, rules.baseUrl)
      const kept = await takeSignIn(desk, request, reply, returned.searchParams.get('state'))
      if (kept === null) throw new IdentityError('SIGN_IN_FAILED', 'this browser has not begun this sign-in')
      const { subject, name, claims, idToken } = await provider.finish(returned, kept)
      const roles = rolesOf(claims[rules.roleClaim])
      if (roles.length === 0)
        throw new IdentityError('ROLE_MISSING', 'this person has no role at the helpdesk')
      const scope = scopeOf(claims[rules.scopeClaim], rules.faculties)
      await beginSession(desk, reply, { subject, name: name.slice(0, 200), roles, scope }, idToken)
      await remember(registry.db, [
        { at: clock.now(), actor: subject, action: 'signed-in', number: null, facts: { roles, scope } },
      ])
      return await reply.redirect(deskUrl)
    } catch (thrown) {
      const error = asIdentityError(thrown)
      log.warn('sign-in-refused', { code: error.code, why: error.message })
      if (error.code !== 'SIGN_IN_FAILED' && error.code !== 'ROLE_MISSING') throw thrown
      return reply.redirect(`${deskUrl}#/refus/${error.code}`)
    }
  })

  app.post('/helpdesk/sign-out', async (request, reply) => {
    if (isCrossSite(request.headers, rules.baseUrl))
      return sendProblem(reply, problem('REQUEST_INVALID', { status: 403 }))
    const left = await leaveSession(desk, request, reply)
    if (left === null) return reply.send({ to: deskUrl })
    await remember(registry.db, [
      { at: clock.now(), actor: left.subject, action: 'signed-out', number: null },
    ])
    // Ours has ended whatever becomes of theirs.
    const theirs = await provider.signOut(left.idToken).catch(() => null)
    return reply.send({ to: theirs?.href ?? deskUrl })
  })

  void app.register((scope, _options, done) => {
    scope.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: 16 * 1024 },
      (_request, body, parsed) => parsed(null, new URLSearchParams(body.toString())),
    )
    // Called by the provider, not by a browser: what it sends is signed.
    scope.post('/helpdesk/backchannel-logout', async (request, reply) => {
      const token = request.body instanceof URLSearchParams ? request.body.get('logout_token') : null
      if (token === null) return sendProblem(reply, problem('REQUEST_INVALID'))
      try {
        const subject = await provider.loggedOut(token)
        await endSessionsOf(registry.db, subject)
        await remember(registry.db, [{ at: clock.now(), actor: subject, action: 'signed-out', number: null }])
        return await reply.code(200).send()
      } catch (error) {
        if (asIdentityError(error).code !== 'SIGN_IN_FAILED') throw error
        return sendProblem(reply, problem('REQUEST_INVALID'))
      }
    })
    done()
  })
}
