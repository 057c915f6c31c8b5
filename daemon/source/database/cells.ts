/** The cells of a row as the files of a drop would have them: text, '' for NULL, without the blanks that a CHAR column
 *  is padded with. */
export function cellsOf(row: readonly unknown[]): string[] {
  return row.map((value) => (value === null || value === undefined ? '' : textOf(value).trimEnd()))
}

/** The query asks for text; a column of a site's own view may still be a number. */
function textOf(value: unknown): string {
  // Oracle lets a NUL in; no directory can hold it, nor the registry.
  if (typeof value === 'string') return value.replaceAll('\0', '')
  if (value instanceof Date) return value.toISOString()
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : JSON.stringify(value)
}
