import { closeSync, openSync, readSync } from 'node:fs'
import { link, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { IdentityError } from './error.ts'

/** A secret file longer than this is a mistake (bytes). */
const secretLimit = 64 * 1024

let written = 0

/** Replaces the file `path` by `content` so that a reader, or a machine that stops at any moment, sees the old
 *  file or the new one, whole. The folder must exist. Rejects with the error of the file system.
 *  @param mode permissions of the file, whatever the umask (default 0600) */
export async function writeAtomically(
  path: string,
  content: string | Uint8Array | AsyncIterable<string>,
  mode = 0o600,
): Promise<void> {
  const temporary = await writeBeside(path, content, mode)
  try {
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  await syncFolder(dirname(path))
}

/** Like `writeAtomically`, but never replaces: false when `path` already exists, which is left as it is.
 *  Of several processes that create the same file at the same time, exactly one is told true. */
export async function createAtomically(
  path: string,
  content: string | Uint8Array,
  mode = 0o600,
): Promise<boolean> {
  const temporary = await writeBeside(path, content, mode)
  try {
    await link(temporary, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    await rm(temporary, { force: true })
  }
  await syncFolder(dirname(path))
  return true
}

/** The secret that the file `path` holds: its text without the line break an editor leaves at the end.
 *  Throws IdentityError SETTINGS_INVALID (the message names the file, never its content) when it cannot be read,
 *  is empty, or exceeds 64 KiB. Permissions are the site's affair: container secrets are often readable by all. */
export function readSecretFile(path: string): string {
  const bytes = Buffer.alloc(secretLimit + 1)
  let length = 0
  try {
    const file = openSync(path, 'r')
    try {
      // Read to the end rather than by size: a secret may come through a pipe.
      for (let read = -1; read !== 0 && length < bytes.length; length += read) {
        read = readSync(file, bytes, length, bytes.length - length, null)
      }
    } finally {
      closeSync(file)
    }
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? 'unknown error'
    throw new IdentityError('SETTINGS_INVALID', `${path} cannot be read (${reason})`, { cause })
  }
  if (length > secretLimit) throw new IdentityError('SETTINGS_INVALID', `${path} is too long to be a secret`)
  const secret = bytes.toString('utf8', 0, length).replace(/\r?\n$/, '')
  if (secret === '') throw new IdentityError('SETTINGS_INVALID', `${path} is empty`)
  return secret
}

async function writeBeside(
  path: string,
  content: string | Uint8Array | AsyncIterable<string>,
  mode: number,
): Promise<string> {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}-${++written}.part`)
  // What a killed process with the same number left behind.
  await rm(temporary, { force: true })
  const file = await open(temporary, 'wx', mode)
  try {
    await file.chmod(mode)
    await file.writeFile(content)
    await file.sync()
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  } finally {
    await file.close()
  }
  return temporary
}

/** A rename lasts only once the folder itself is on disk. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
