import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder of its own for a test, gone with it. */
export function freshFolder(): Disposable & { path: string; at(name: string): string } {
  const path = mkdtempSync(join(tmpdir(), 'matricule-'))
  return {
    path,
    at: (name) => join(path, name),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  }
}
