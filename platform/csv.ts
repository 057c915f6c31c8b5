import { stringify } from 'csv-stringify/sync'

/** Rows as a spreadsheet opens them: semicolons, a header line, instants in ISO 8601. A cell that a spreadsheet would
 *  take for a formula (it begins with = + - @, a tab or a line end) is told as text. */
export function csvText(
  columns: readonly string[],
  rows: readonly Readonly<Record<string, unknown>>[],
): string {
  return stringify([...rows], {
    header: true,
    delimiter: ';',
    columns: [...columns],
    cast: { date: (at) => at.toISOString() },
    escape_formulas: true,
  })
}
