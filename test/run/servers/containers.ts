import { rm } from 'node:fs/promises'
import type * as testcontainers from 'testcontainers'
import { toInstall } from './program.ts'
import type { Machine } from './server.ts'

/** Containers by testcontainers, where a Docker engine answers, in the place of Debian's programs. Nothing of this has
 *  run where the house is developed, which has no engine, but for the error that says so. */
export interface Engine {
  readonly containers: typeof testcontainers
  readonly client: Awaited<ReturnType<typeof testcontainers.getContainerRuntimeClient>>
}

/** The engine, or an error that says what to install in its place.
 *  @param missing the Debian packages that would have done */
export async function engineInsteadOf(
  missing: readonly string[],
  find = async (): Promise<Engine> => {
    const containers = await import('testcontainers')
    return { containers, client: await containers.getContainerRuntimeClient() }
  },
): Promise<Engine> {
  try {
    return await find()
  } catch (cause) {
    throw new Error(`${toInstall(missing)}, or a Docker engine, and there is neither.`, { cause })
  }
}

/** A container as a server, that listens at `inside` and is reached at `port` of loopback.
 *  @param folder what it keeps outside, which goes with it */
export async function container(
  { containers, client }: Engine,
  image: testcontainers.GenericContainer,
  { port, inside, folder }: { port: number; inside: number; folder?: string },
): Promise<Machine> {
  const started = await image
    .withExposedPorts({ container: inside, host: port })
    .withWaitStrategy(containers.Wait.forListeningPorts())
    .start()
  const handle = client.container.getById(started.getId())
  let isNew = true
  return {
    async start() {
      // Making a container is starting it.
      if (!isNew) await handle.start()
      isNew = false
    },
    async stop() {
      await handle.stop()
    },
    async kill() {
      await handle.kill()
    },
    async freeze() {
      await handle.pause()
    },
    async thaw() {
      await handle.unpause()
    },
    async running() {
      await handle.wait()
      throw new Error(`the container ${started.getName()} ended`)
    },
    async remove() {
      await started.stop({ timeout: 0 })
      if (folder !== undefined) await rm(folder, { recursive: true, force: true })
    },
  }
}
