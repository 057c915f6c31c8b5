import { IdentityError } from '../platform/error.ts'

/** The open streams of one process, bounded, and ended together when the server stops. */
export interface Streams {
  /** A place for one more stream of one subject, aborted by `close`. Of more than `each` of one subject the oldest ends.
   *  Throws UNAVAILABLE when all are taken. */
  open(subject: string): AbortController
  /** Gives the place back and ends the stream. Twice does no harm. */
  end(stream: AbortController): void
  close(): void
}

/** @param limit streams in all
 *  @param each streams of one subject, so that nobody takes the places of all */
export function createStreams(limit: number, each: number): Streams {
  const opened = new Map<AbortController, string>()
  const end = (stream: AbortController) => {
    opened.delete(stream)
    stream.abort()
  }
  return {
    open(subject) {
      const theirs = [...opened].filter(([, of]) => of === subject)
      const [oldest] = theirs[0] ?? []
      if (theirs.length >= each && oldest !== undefined) end(oldest)
      if (opened.size >= limit) {
        throw new IdentityError('UNAVAILABLE', `${limit} streams are open already`, { transient: true })
      }
      const stream = new AbortController()
      opened.set(stream, subject)
      return stream
    },
    end,
    close() {
      for (const stream of opened.keys()) end(stream)
    },
  }
}
