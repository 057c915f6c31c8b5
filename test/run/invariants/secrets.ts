import { sql } from 'kysely'
import type { Db } from '../../../registry/tables.ts'
import type { Seen } from './world.ts'

const verifierForm = /\{(?:ARGON2|SSHA\d*|SHA\d*|CRYPT)\}|\$argon2/i

/** I6: no secret in a log, a metric, an answer, or in clear in the registry. */
export async function secretsStayHidden({ registry, texts, attempts, secrets }: Seen): Promise<string[]> {
  const hidden = new Set([...secrets, ...attempts.flatMap(({ secret, password }) => [secret, password])])
  const read = [...texts, ...(await dump(registry))]
  return read.flatMap(({ where, text }) => {
    const found = [...hidden].filter((secret) => text.includes(secret)).length
    return [
      ...(found > 0 ? [`${where}: ${found} secrets in clear`] : []),
      ...(verifierForm.test(text) ? [`${where}: a verifier in clear`] : []),
    ]
  })
}

/** Every table as text. */
async function dump(registry: Db): Promise<{ where: string; text: string }[]> {
  const { rows } = await sql<{ name: string }>`
    select tablename as name from pg_tables where schemaname = current_schema()`.execute(registry)
  const tables = []
  for (const { name } of rows) {
    const { rows: lines } = await sql<{ line: string }>`
      select row_to_json(t)::text as line from ${sql.table(name)} t`.execute(registry)
    tables.push({ where: `table ${name}`, text: lines.map(({ line }) => line).join('\n') })
  }
  return tables
}
