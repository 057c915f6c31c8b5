import { eventually } from '../eventually.ts'

/** A real server on a port of loopback, ours alone. */
export interface Server extends AsyncDisposable {
  readonly port: number
  /** Asks it to end, and waits until it has. */
  stop(): Promise<void>
  /** Ends it without asking. */
  kill(): Promise<void>
  /** Starts it again where it was, and waits until it answers. */
  start(): Promise<void>
  /** It stands still: connections remain, nothing answers. */
  freeze(): Promise<void>
  thaw(): Promise<void>
}

/** What runs a server: a program of Debian (program.ts), or a container (containers.ts). */
export interface Machine {
  start(): Promise<void>
  stop(): Promise<void>
  kill(): Promise<void>
  freeze(): Promise<void>
  thaw(): Promise<void>
  /** Rejects with what it said once it has ended, until it is started again. */
  running(): Promise<never>
  /** Ends it and takes away all that it left. */
  remove(): Promise<void>
}

/** Starts `machine` and gives it once it answers on `port`. */
export async function serve(
  machine: Machine,
  port: number,
  answers: () => Promise<unknown>,
): Promise<Server> {
  const start = async (): Promise<void> => {
    await machine.start()
    const answered = eventually('an answer', async () => [await answers()])
    await Promise.race([answered, machine.running()])
  }
  try {
    await start()
  } catch (error) {
    await machine.remove()
    throw error
  }
  return {
    port,
    stop: () => machine.stop(),
    kill: () => machine.kill(),
    start,
    freeze: () => machine.freeze(),
    thaw: () => machine.thaw(),
    [Symbol.asyncDispose]: () => machine.remove(),
  }
}
