import { copyFile, link, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { numbers } from './store-files.ts'

/** How often it is begun again when files are rewritten meanwhile: a rewriting takes longer than a copy. */
const attempts = 5

/** Copies the files of a store that may be in use: the copy holds every change that was acknowledged before, and perhaps
 *  some after, in their order. Finished files are linked rather than copied; the last log is copied, since whoever opens
 *  the copy cuts its torn end off.
 *  @param to a folder that is not there yet, on the same file system. Rejects with the error of the file system. */
export async function copyStore(from: string, to: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    await rm(to, { recursive: true, force: true })
    await mkdir(to, { mode: 0o700 })
    try {
      await copyOnce(from, to)
      return
    } catch (error) {
      // The log was rewritten as a snapshot: what was listed is not there any more.
      const gone = error instanceof Error && 'code' in error && error.code === 'ENOENT'
      if (!gone || attempt >= attempts) throw error
    }
  }
}

async function copyOnce(from: string, to: string): Promise<void> {
  const names = await readdir(from)
  const snapshot = Math.max(0, ...numbers(names, 'snapshot'))
  const logs = numbers(names, 'log').filter((each) => each >= snapshot)
  if (snapshot > 0) await link(join(from, `snapshot-${snapshot}`), join(to, `snapshot-${snapshot}`))
  for (const each of logs.slice(0, -1)) await link(join(from, `log-${each}`), join(to, `log-${each}`))
  for (const each of logs.slice(-1)) await copyFile(join(from, `log-${each}`), join(to, `log-${each}`))
}
