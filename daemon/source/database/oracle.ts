import oracledb from 'oracledb'
import {
  failed,
  type Batch,
  type DatabaseOptions,
  type Failure,
  type SourceDatabase,
  type Visit,
} from './database.ts'
import { bound } from './text.ts'

/** An Oracle server as the source's database, by the driver's thin mode: no client of Oracle's is installed. Kept as thin
 *  as can be, since no Oracle was ever at hand to try it on (docs/status.md): everything that knows something is in the
 *  files beside it, which PostgreSQL is tried with. */
export function oracleDatabase(options: DatabaseOptions): SourceDatabase {
  const { connectString, user, password, where } = addressOf(options)
  return {
    describe: () => where,
    async visit(tables, act, signal) {
      signal?.throwIfAborted()
      try {
        const connection = await oracledb.getConnection({ user, password, connectString })
        const leave = () => void connection.break().catch(() => undefined)
        signal?.addEventListener('abort', leave)
        try {
          // Of one round trip, as PostgreSQL's statement_timeout is of one batch.
          connection.callTimeout = options.statementMs
          if (options.schema !== null)
            await connection.execute(`alter session set current_schema = ${options.schema}`)
          const columns = new Map<string, ReadonlySet<string>>()
          for (const table of tables) {
            const found = await columnsOf(connection, table)
            if (found !== null) columns.set(table, found)
          }
          await connection.execute('set transaction read only')
          return await act(
            { query: (text, values) => rowsOf(connection, text, values, options.batch) },
            columns,
          )
        } finally {
          signal?.removeEventListener('abort', leave)
          // Ends the transaction, which has written nothing.
          await connection.close({ drop: true }).catch(() => undefined)
        }
      } catch (error) {
        signal?.throwIfAborted()
        throw translated(error, where)
      }
    },
  }
}

/** What the driver wants of `oracle://user:password@host:1521/service`, or with `?protocol=tcps` for TLS. Pure. */
export function addressOf({ url, connectMs }: Pick<DatabaseOptions, 'url' | 'connectMs'>): {
  connectString: string
  user: string
  password: string
  /** For people: without account and password. */
  where: string
} {
  const { hostname, port, pathname, username, password, searchParams } = new URL(url)
  const service = decodeURIComponent(pathname.slice(1))
  const seconds = Math.max(1, Math.ceil(connectMs / 1000))
  const protocol = searchParams.get('protocol') === 'tcps' ? 'tcps://' : ''
  const place = `${hostname}:${port || '1521'}/${service}`
  return {
    // Both: until the port is open, and until the listener has let us in.
    connectString: `${protocol}${place}?transport_connect_timeout=${seconds}&connect_timeout=${seconds}&retry_count=0`,
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    where: `oracle ${place}`,
  }
}

async function columnsOf(
  connection: oracledb.Connection,
  table: string,
): Promise<ReadonlySet<string> | null> {
  try {
    const { metaData = [] } = await connection.execute(`select * from ${table} where 1 = 0`)
    return new Set(metaData.map(({ name }) => name.toUpperCase()))
  } catch (error) {
    if (failureOf(codeOf(error)) === 'table') return null
    throw error
  }
}

async function* rowsOf(
  connection: oracledb.Connection,
  text: string,
  values: Readonly<Record<string, string>>,
  batch: number,
): ReturnType<Visit['query']> {
  // The driver refuses a value that no name asks for.
  const named: Record<string, string> = {}
  bound(text, (name) => (named[name] = values[name] ?? ''))
  const { resultSet, metaData = [] } = await connection.execute<unknown[]>(text, named, {
    resultSet: true,
    outFormat: oracledb.OUT_FORMAT_ARRAY,
    fetchArraySize: batch,
  })
  if (resultSet === undefined) return
  const columns = metaData.map(({ name }) => name.toUpperCase())
  try {
    for (;;) {
      const rows = await resultSet.getRows(batch)
      const read: Batch = { columns, rows }
      yield read
      if (rows.length < batch) break
    }
  } finally {
    await resultSet.close()
  }
}

function translated(error: unknown, where: string): unknown {
  const code = codeOf(error)
  return code === null ? error : failed(failureOf(code), where, code, error)
}

/** The driver's code (NJS-503) or the server's (ORA-00942); null for what is neither. */
export function codeOf(error: unknown): string | null {
  const code = error instanceof Error && 'code' in error ? error.code : null
  return typeof code === 'string' && /^(ORA|NJS|DPI)-\d+$/.test(code) ? code : null
}

/** By the code of server or driver (Oracle Database Error Messages; node-oracledb, lib/errors.js). */
export function failureOf(code: string | null): Failure {
  const [, make = '', digits = ''] = /^(ORA|NJS|DPI)-(\d+)$/.exec(code ?? '') ?? []
  const number = Number(digits)
  if (make === 'NJS') return deniedByDriver.has(number) ? 'denied' : 'unreachable'
  if (make !== 'ORA') return 'unreachable'
  if (noTable.has(number)) return 'table'
  if (denied.has(number)) return 'denied'
  if (noColumn.has(number)) return 'column'
  if (isOfValues(number)) return 'value'
  return 'unreachable'
}

/** Table or view does not exist, insufficient privileges, object does not exist. */
const noTable = new Set([942, 1031, 4043])
/** Invalid credentials, locked, expired, no right to connect, no such schema. */
const denied = new Set([1005, 1017, 1045, 1435, 28000, 28001, 28002, 28009])
/** Invalid identifier, inconsistent kinds, wrong kind of argument. */
const noColumn = new Set([904, 932, 6553])
/** A password stored in a form, or a server of an age, that thin mode does not know. */
const deniedByDriver = new Set([101, 116, 138])

/** Conversions of numbers (017xx) and of dates (018xx). */
function isOfValues(number: number): boolean {
  return number === 1722 || (number >= 1830 && number <= 1899)
}
