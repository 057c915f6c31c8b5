import type { FastifyInstance, FastifyReply } from 'fastify'
import type { AppOptions } from './options.ts'
import { problem, problemMediaType, problemOf, type Problem } from './problem.ts'

/** Sends a problem, already serialised: what a caller learns never passes through another route's schema. */
export function sendProblem(reply: FastifyReply, answer: Problem): FastifyReply {
  if (answer.retry_after !== undefined) reply.header('retry-after', answer.retry_after)
  return reply
    .code(answer.status)
    .header('cache-control', 'no-store')
    .type(problemMediaType)
    .send(JSON.stringify(answer))
}

/** Every error of every route ends here. Our own failures are logged with their cause; the caller's are not,
 *  since what they sent may be in the message. */
export function answerErrors(
  app: FastifyInstance,
  { log, chance }: Pick<AppOptions, 'log' | 'chance'>,
): void {
  app.setErrorHandler((error, request, reply) => {
    const staff = request.routeOptions.url?.startsWith('/helpdesk/') ?? false
    const answer = problemOf(error, chance, staff)
    if (answer.status >= 500) {
      const facts = { method: request.method, route: request.routeOptions.url ?? null, code: answer.code }
      log.error('request-failed', facts, error)
    }
    return sendProblem(reply, answer)
  })
}

/** The answer to what is not HTTP at all, as it goes on the wire. `code` is Node's. */
export function rawProblem(code: string | undefined): string {
  const [status, reason] =
    code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? [408, 'Request Timeout']
      : code === 'HPE_HEADER_OVERFLOW'
        ? [431, 'Request Header Fields Too Large']
        : [400, 'Bad Request']
  const body = JSON.stringify(problem('REQUEST_INVALID', { status }))
  return [
    `HTTP/1.1 ${status} ${reason}`,
    `Content-Type: ${problemMediaType}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Cache-Control: no-store',
    'X-Content-Type-Options: nosniff',
    'Connection: close',
    '',
    body,
  ].join('\r\n')
}
