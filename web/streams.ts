import { IdentityError } from '../platform/error.ts'

/** The open streams of one process, bounded, and ended together when the server stops. */
export interface Streams {
  /** A place for one more stream, aborted by `close`. Throws UNAVAILABLE when all are taken. */
  open(): AbortController
  /** Gives the place back and ends the stream. Twice does no harm. */
  end(stream: AbortController): void
  close(): void
}

export function createStreams(limit: number): Streams {
  const opened = new Set<AbortController>()
  return {
    open() {
      if (opened.size >= limit) {
        throw new IdentityError('UNAVAILABLE', `${limit} streams are open already`, { transient: true })
      }
      const stream = new AbortController()
      opened.add(stream)
      return stream
    },
    end(stream) {
      opened.delete(stream)
      stream.abort()
    },
    close() {
      for (const stream of opened) stream.abort()
      opened.clear()
    },
  }
}
