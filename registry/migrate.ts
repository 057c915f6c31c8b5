import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packageRoot } from '../platform/root.ts'
import type { Database } from './database.ts'

/** Held while a schema is brought up to date: of several processes that start at once, one does it. */
const advisoryLock = 821_746_393

/** Applies what is missing of schemas/registry, in order, each file in a transaction with its mark.
 *  Forward only: an applied file that has changed since is an error. Returns the names applied now. */
export async function migrate(database: Pick<Database, 'connect'>): Promise<string[]> {
  const client = await database.connect()
  try {
    await client.query(`select pg_advisory_lock(${advisoryLock})`, [])
    await client.script(`create table if not exists migration (
      name text primary key, digest text not null, applied_at timestamptz not null default now())`)
    const { rows } = await client.query<{ name: string; digest: string }>(
      'select name, digest from migration',
      [],
    )
    const known = new Map(rows.map(({ name, digest }) => [name, digest]))

    const folder = join(packageRoot, 'schemas', 'registry')
    const applied: string[] = []
    for (const name of (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort()) {
      const text = await readFile(join(folder, name), 'utf8')
      const digest = createHash('sha256').update(text).digest('hex')
      const before = known.get(name)
      if (before === digest) continue
      if (before !== undefined)
        throw new Error(`migration ${name} was applied in another form: migrations go forward only`)
      await client.script(
        `${text}; insert into migration (name, digest) values ('${name.replaceAll("'", "''")}', '${digest}')`,
      )
      applied.push(name)
    }
    return applied
  } finally {
    await client.query(`select pg_advisory_unlock(${advisoryLock})`, []).catch(() => undefined)
    client.release()
  }
}
