import { stringify } from 'csv-stringify/sync'
import { listed, lists, type ListName } from '../registry/lists.ts'
import type { Command } from './desk.ts'

/** A list per composante, as a registrar's spreadsheet opens it. */
export function list(name: ListName): Command {
  return {
    needsDirectories: false,
    async run({ rooms: { registry } }) {
      const rows = await listed(registry.db, name)
      return { data: rows, text: csvOf(name, rows) }
    },
  }
}

export function csvOf(name: ListName, rows: Awaited<ReturnType<typeof listed>>): string {
  return stringify([...rows], {
    header: true,
    delimiter: ';',
    columns: [...lists[name].columns],
    cast: { date: (at) => at.toISOString() },
    // A cell that a spreadsheet would take for a formula is told as text.
    escape_formulas: true,
  })
}
