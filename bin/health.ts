import { systemClock } from '../platform/clock.ts'
import { IdentityError } from '../platform/error.ts'
import type { Config } from '../platform/settings.ts'
import type { Outcome } from './desk.ts'

/** Whoever asks for health wants to know now; a process that needs longer is not well. */
const deadlineMs = 3_000

/** `health`: asks the process that serves these settings on this machine, by its operations port, whether it answers
 *  (`/healthz`) or, for `ready`, whether it may be sent work (`/readyz`). Opens nothing of the house. Rejects with
 *  IdentityError UNAVAILABLE when the answer is no, or none within 3 s; SETTINGS_INVALID when the port is not known. */
export async function health({ host, port }: Config['ops'], { ready }: { ready: boolean }): Promise<Outcome> {
  if (port === 0)
    throw new IdentityError('SETTINGS_INVALID', 'ops.port: is 0, so nobody can know which port was taken')
  const address = `${reachable(host)}:${port}`
  const unwell = (reason: string, cause?: unknown) =>
    new IdentityError('UNAVAILABLE', `${address} ${reason}`, { cause, transient: true })
  const deadline = new AbortController()
  using _deadline = systemClock.after(deadlineMs, () => deadline.abort())
  const response = await fetch(`http://${address}/${ready ? 'readyz' : 'healthz'}`, {
    signal: deadline.signal,
  }).catch((cause: unknown) => {
    throw unwell(
      deadline.signal.aborted ? `does not answer within ${deadlineMs / 1000} s` : 'does not answer',
      cause,
    )
  })
  await response.body?.cancel()
  if (!response.ok) throw unwell(`answers ${response.status}: not ${ready ? 'ready' : 'healthy'}`)
  return { data: ready ? { ready } : { healthy: true }, text: ready ? 'ready\n' : 'healthy\n' }
}

/** Who listens on every address is asked on loopback. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}
