import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packageRoot } from '../platform/root.ts'
import type { PGlitePool } from './pglite-pool.ts'

/** Applies what is missing of schemas/registry, in order, each file in a transaction with its mark.
 *  Forward only: an applied file that has changed since is an error. Returns the names applied now. */
export async function migrate(pool: Pick<PGlitePool, 'connect' | 'run'>): Promise<string[]> {
  await pool.run(`create table if not exists migration (
    name text primary key, digest text not null, applied_at timestamptz not null default now())`)
  const client = await pool.connect()
  const known = new Map<string, string>()
  try {
    const { rows } = await client.query<{ name: string; digest: string }>(
      'select name, digest from migration',
      [],
    )
    for (const { name, digest } of rows) known.set(name, digest)
  } finally {
    client.release()
  }

  const folder = join(packageRoot, 'schemas', 'registry')
  const applied: string[] = []
  for (const name of (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort()) {
    const text = await readFile(join(folder, name), 'utf8')
    const digest = createHash('sha256').update(text).digest('hex')
    const before = known.get(name)
    if (before === digest) continue
    if (before !== undefined)
      throw new Error(`migration ${name} was applied in another form: migrations go forward only`)
    await pool.run(
      `${text}; insert into migration (name, digest) values ('${name.replaceAll("'", "''")}', '${digest}')`,
    )
    applied.push(name)
  }
  return applied
}
