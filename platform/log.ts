import { destination as fileDestination, pino, type DestinationStream, type Logger } from 'pino'
import { systemClock, type Clock } from './clock.ts'
import { describeError, redact, type Facts } from './redact.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'
export type { Facts } from './redact.ts'

/** What the house writes about itself: one JSON object per line, named by its `event`. Facts are counts, codes,
 *  targets, identifiers of rows and attribute *names*: never a name, an address, a key, a token or a value. */
export interface Log {
  debug(event: string, facts?: Facts): void
  info(event: string, facts?: Facts): void
  warn(event: string, facts?: Facts): void
  /** `error` is whatever was thrown: code, message and causes are written, without credentials in addresses. */
  error(event: string, facts?: Facts, error?: unknown): void
  /** The same log, each line with `facts` besides. */
  child(facts: Facts): Log
}

export interface LogOptions {
  readonly level: LogLevel
  /** Where each line goes; standard error when absent, since standard output carries a command's answer. */
  readonly destination?: DestinationStream
  readonly clock?: Clock
}

/** A log of JSON lines: `level`, `time` (ISO 8601, UTC), `service`, `event`, then the facts. Keys that look like
 *  secrets are replaced by `[redacted]` at any depth, as a safety net: nothing secret should come this far. */
export function createLog({ level, destination, clock = systemClock }: LogOptions): Log {
  const logger = pino(
    {
      level,
      base: { service: 'matricule' },
      formatters: { level: (label) => ({ level: label }) },
      timestamp: () => `,"time":"${clock.now().toISOString()}"`,
    },
    destination ?? fileDestination({ fd: 2, sync: true }),
  )
  return narrow(logger)
}

/** Says nothing: for tests, and for commands that were asked to be quiet. */
export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLog,
}

function narrow(logger: Logger): Log {
  return {
    debug: (event, facts) => logger.debug({ event, ...redact(facts) }),
    info: (event, facts) => logger.info({ event, ...redact(facts) }),
    warn: (event, facts) => logger.warn({ event, ...redact(facts) }),
    error: (event, facts, error) =>
      logger.error({
        event,
        ...redact(facts),
        ...(error === undefined ? {} : { error: describeError(error) }),
      }),
    child: (facts) => narrow(logger.child(redact(facts))),
  }
}
