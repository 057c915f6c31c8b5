/** Names for the statements that a server is to keep prepared: one that is planned once takes less than half the
 *  processor time on the server. Kept are those that are short, that come again and again, and as many as a connection
 *  can hold without growing: a list that is written out in a statement makes a new one for every length. */
export interface Prepared {
  /** The name under which to prepare `sql`, always the same; undefined when it is better sent as it is. */
  nameOf(sql: string, params: readonly unknown[]): string | undefined
}

/** Statements kept on each connection. */
const mostKept = 300
/** Statements seen that are counted; then all are counted anew. */
const mostCounted = 2_000
/** A statement comes three times before it is prepared. */
const often = 3
/** Beyond these it is work on many, which is rare, and better planned for how many they are. */
const mostParams = 48
const mostInList = 32

export function createPrepared(): Prepared {
  const names = new Map<string, string>()
  const counts = new Map<string, number>()
  return {
    nameOf(sql, params) {
      if (params.length === 0 || params.length > mostParams || params.some(isLong)) return undefined
      const known = names.get(sql)
      if (known !== undefined || names.size >= mostKept) return known
      const count = (counts.get(sql) ?? 0) + 1
      if (counts.size >= mostCounted) counts.clear()
      counts.set(sql, count)
      if (count < often) return undefined
      const name = `matricule_${names.size}`
      names.set(sql, name)
      counts.delete(sql)
      return name
    },
  }
}

function isLong(param: unknown): boolean {
  return Array.isArray(param) && param.length > mostInList
}
